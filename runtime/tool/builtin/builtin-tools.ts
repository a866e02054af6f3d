import type { Tool } from '../tool.js';
import { base64Encoder } from './base64-encoder.js';
import { calculator } from './calculator.js';
import { compression } from './compression.js';
import { hashCalculator } from './hash-calculator.js';
import { jsonProcessor } from './json-processor.js';
import { uuidGenerator } from './uuid-generator.js';

/**
 * The tools that every runtime has. A new one is a file in this folder and a line here. Each file says what its tool
 * is; what it does is in another one, which is loaded when it is called first, with the packages that it needs.
 */
export const builtinTools: readonly Tool[] = [
  base64Encoder,
  calculator,
  compression,
  hashCalculator,
  jsonProcessor,
  uuidGenerator,
];
