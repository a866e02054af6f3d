import { wasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import { engineContract } from '../contract/engine.js';

engineContract(wasmoonEngine, 'wasmoon');
