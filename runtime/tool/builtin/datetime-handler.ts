import type { Tool } from '../tool.js';
import { perOperation } from './operations.js';

const TEXT = { type: ['string', 'number'], maxLength: 1000 };
const UNITS = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'];

/** datetime-handler reads, writes, moves and compares moments, with the time zones of IANA. */
export const datetimeHandler: Tool = {
  name: 'datetime-handler',
  description:
    'Works with dates and times: parse, now, convert_timezone, add, subtract, difference, info, formats',
  category: 'time',
  version: '1.0.0',
  tags: ['date', 'time', 'timezone', 'parse', 'format', 'calendar'],
  effect: 'pure',
  timeoutMs: 5000,
  formerNames: {
    date: 'input',
    datetime: 'input',
    text: 'input',
    to_timezone: 'target_timezone',
    from_timezone: 'timezone',
    output_format: 'format',
  },
  parameters: {
    type: 'object',
    properties: {
      operation: {
        enum: [
          'parse',
          'now',
          'convert_timezone',
          'add',
          'subtract',
          'difference',
          'info',
          'formats',
        ],
      },
      input: {
        ...TEXT,
        description:
          'The moment: ISO 8601, SQL, RFC 2822, HTTP, seconds or milliseconds since 1970',
      },
      input_format: {
        type: 'string',
        maxLength: 200,
        description: 'How the moment is written, such as %d.%m.%Y %H:%M',
      },
      timezone: {
        type: 'string',
        maxLength: 100,
        description: 'The zone of moments that name none, and of the answer; UTC when missing',
      },
      target_timezone: {
        type: 'string',
        maxLength: 100,
        description: 'convert_timezone: such as Europe/Zurich, UTC+2',
      },
      format: {
        type: 'string',
        maxLength: 200,
        description:
          'How moments are written: iso (when missing), a name of `formats`, or %Y-%m-%d',
      },
      amount: { type: 'number', description: 'add, subtract: how many units' },
      unit: {
        enum: [...UNITS, ...UNITS.map((unit) => `${unit}s`)],
        description: 'add, subtract: years, months, weeks, days, hours, minutes, seconds',
      },
      start: { ...TEXT, description: 'difference: the first moment' },
      end: { ...TEXT, description: 'difference: the second moment' },
    },
    required: ['operation'],
    additionalProperties: false,
    ...perOperation({
      parse: { required: ['input'] },
      convert_timezone: { required: ['input', 'target_timezone'] },
      add: { required: ['input', 'amount', 'unit'] },
      subtract: { required: ['input', 'amount', 'unit'] },
      difference: { required: ['start', 'end'] },
      info: { required: ['input'] },
    }),
  },
  execute: async (args, context) => {
    const { datetimeOperation } = await import('./datetime-operations.js');
    return datetimeOperation(args, context);
  },
};
