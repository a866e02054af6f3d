import type { Tool } from '../tool.js';
import { compression } from './compression.js';
import { jsonProcessor } from './json-processor.js';

/** The tools that every runtime has. A new one is a file in this folder and a line here. */
export const builtinTools: readonly Tool[] = [compression, jsonProcessor];
