import type { Tool } from '../tool.js';
import { archiveHandler } from './archive-handler.js';
import { environmentReader } from './environment-reader.js';
import { fileConverter } from './file-converter.js';
import { fileOperations } from './file-operations.js';
import { fileSearch } from './file-search.js';
import { fileWatcher } from './file-watcher.js';
import { processExecutor } from './process-executor.js';
import { systemMonitor } from './system-monitor.js';

/** The tools that reach into the machine, as far as it is open. A new one is a file in this folder and a line here. */
export const machineTools: readonly Tool[] = [
  archiveHandler,
  environmentReader,
  fileConverter,
  fileOperations,
  fileSearch,
  fileWatcher,
  processExecutor,
  systemMonitor,
];
