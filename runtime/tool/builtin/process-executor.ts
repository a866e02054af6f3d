import type { Tool } from '../tool.js';

/** process-executor starts a program and waits for its end. */
export const processExecutor: Tool = {
  name: 'process-executor',
  description: 'Starts a program with arguments, without a shell, and gives what it has printed',
  category: 'system',
  version: '1.0.0',
  tags: ['process', 'program', 'command', 'execute', 'run'],
  effect: 'unsafe',
  formerNames: {
    command: 'executable',
    args: 'arguments',
    working_directory: 'cwd',
    environment: 'env',
    env_vars: 'env',
    input: 'stdin',
  },
  parameters: {
    type: 'object',
    properties: {
      executable: {
        type: 'string',
        minLength: 1,
        description: 'The program: its name or its path',
      },
      arguments: {
        type: 'array',
        items: { type: 'string' },
        maxItems: 1000,
        description: 'Its arguments, each as it is: nothing of them is expanded',
      },
      cwd: { type: 'string', description: 'The folder that it works in' },
      env: {
        type: 'object',
        additionalProperties: { type: ['string', 'object'] },
        description: 'Variables that it gets besides: text, or handles of secrets',
      },
      stdin: { type: 'string', description: 'What it reads; nothing when missing' },
      timeout_ms: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400_000,
        description: 'It is ended then; 30000 when missing',
      },
      max_output_bytes: {
        type: 'integer',
        minimum: 0,
        maximum: 1_000_000_000,
        description: 'Bytes of each output that are kept; 1048576 when missing',
      },
    },
    required: ['executable'],
    additionalProperties: false,
  },
  execute: async (args, context) => {
    const { executeProgram } = await import('./program-execution.js');
    return executeProgram(args, context);
  },
};
