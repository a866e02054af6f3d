import type { Tool } from '../tool.js';
import { base64Encoder } from './base64-encoder.js';
import { calculator } from './calculator.js';
import { compression } from './compression.js';
import { csvAnalyzer } from './csv-analyzer.js';
import { dataValidator } from './data-validator.js';
import { datetimeHandler } from './datetime-handler.js';
import { diffCalculator } from './diff-calculator.js';
import { hashCalculator } from './hash-calculator.js';
import { jsonProcessor } from './json-processor.js';
import { templateCreator } from './template-creator.js';
import { textManipulator } from './text-manipulator.js';
import { urlAnalyzer } from './url-analyzer.js';
import { uuidGenerator } from './uuid-generator.js';

/**
 * The tools that every runtime has. A new one is a file in this folder and a line here. Each file says what its tool
 * is; what it does is in another one, which is loaded when it is called first, with the packages that it needs.
 */
export const builtinTools: readonly Tool[] = [
  base64Encoder,
  calculator,
  compression,
  csvAnalyzer,
  dataValidator,
  datetimeHandler,
  diffCalculator,
  hashCalculator,
  jsonProcessor,
  templateCreator,
  textManipulator,
  urlAnalyzer,
  uuidGenerator,
];
