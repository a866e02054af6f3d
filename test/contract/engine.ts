/** The contract of the engine port: one suite that every engine passes. */
import { describe } from 'vitest';
import type { Engine } from '../../runtime/engine/engine.js';
import { branchesContract } from './engine/branches.js';
import { coroutinesContract } from './engine/coroutines.js';
import { determinismContract } from './engine/determinism.js';
import { errorsContract } from './engine/errors.js';
import { memoryContract } from './engine/memory.js';
import { sandboxContract } from './engine/sandbox.js';
import { scriptBranchesContract } from './engine/script-branches.js';
import { standardLibraryContract } from './engine/standard-library.js';
import { tablesContract } from './engine/tables.js';
import { textContract } from './engine/text.js';
import { valuesContract } from './engine/values.js';
import { waitingContract } from './engine/waiting.js';

export function engineContract(engine: Engine, name: string): void {
  describe(`${name} as engine`, () => {
    describe('text', () => textContract(engine));
    describe('values', () => valuesContract(engine));
    describe('tables', () => tablesContract(engine));
    describe('errors', () => errorsContract(engine));
    describe('waiting', () => waitingContract(engine));
    describe('coroutines', () => coroutinesContract(engine));
    describe('the standard library', () => standardLibraryContract(engine));
    describe('the sandbox', () => sandboxContract(engine));
    describe('memory', () => memoryContract(engine));
    describe('branches and VMs', () => branchesContract(engine));
    describe('branches of a script', () => scriptBranchesContract(engine));
    describe('determinism', () => determinismContract(engine));
  });
}
