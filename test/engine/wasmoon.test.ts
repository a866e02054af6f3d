import { createWasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import { engineContract } from '../contract/engine.js';

engineContract(createWasmoonEngine(), 'wasmoon');
