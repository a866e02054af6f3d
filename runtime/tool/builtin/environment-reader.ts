import type { Tool } from '../tool.js';
import { perOperation } from './operations.js';

/** environment-reader tells what the environment of the process says, as far as it is open. */
export const environmentReader: Tool = {
  name: 'environment-reader',
  description:
    'Reads variables of the environment that are open (get, list), and tells of the system (system)',
  category: 'system',
  version: '1.0.0',
  tags: ['environment', 'variable', 'system', 'platform'],
  effect: 'pure',
  formerNames: { variable: 'name', variable_name: 'name', var_name: 'name', key: 'name' },
  parameters: {
    type: 'object',
    properties: {
      operation: { enum: ['get', 'list', 'system'] },
      name: { type: 'string', minLength: 1, description: 'get: the name of the variable' },
      pattern: { type: 'string', description: 'list: a glob of names, such as APP_*' },
    },
    required: ['operation'],
    additionalProperties: false,
    ...perOperation({ get: { required: ['name'] } }),
  },
  execute: async (args, context) => {
    const { readEnvironment } = await import('./environment-reading.js');
    return readEnvironment(args, context);
  },
};
