import type { Tool } from '../tool.js';
import { perOperation } from './operations.js';

/** system-monitor tells how busy the machine is. */
export const systemMonitor: Tool = {
  name: 'system-monitor',
  description:
    'Tells how busy the machine is: its processors (cpu), memory, a disk, this process, or all',
  category: 'system',
  version: '1.0.0',
  tags: ['system', 'cpu', 'memory', 'disk', 'process', 'load', 'monitor'],
  effect: 'pure',
  timeoutMs: 30_000,
  formerNames: { duration_ms: 'sample_ms' },
  parameters: {
    type: 'object',
    properties: {
      operation: {
        enum: ['all', 'cpu', 'memory', 'disk', 'process'],
        default: 'all',
        description: 'all when missing',
      },
      path: {
        type: 'string',
        description:
          'disk: a file or folder on it, which must be open; the current folder when missing',
      },
      sample_ms: {
        type: 'integer',
        minimum: 10,
        maximum: 10_000,
        description: 'cpu: how long the processors are watched; 100 when missing',
      },
    },
    additionalProperties: false,
    ...perOperation(
      { cpu: { properties: { path: false } }, memory: { properties: { path: false } } },
      'all',
    ),
  },
  execute: async (args, context) => {
    const { monitor } = await import('./system-figures.js');
    return monitor(args, context);
  },
};
