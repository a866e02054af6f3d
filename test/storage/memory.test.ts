import { createMemoryBackend } from '../../runtime/storage/memory.js';
import { storageContract } from '../contract/storage.js';

storageContract('memory', async (options) => createMemoryBackend(options));
