/** What the tool template-creator does. */
import type { HostObject, ValueMap } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { boundedWork } from './bounded-work.js';
import { optionalText, textOf } from './input.js';
import { parseTemplate } from './template-parser.js';
import { fillTemplate } from './template-rendering.js';
import { looksLikeTera, parseTera } from './tera-parser.js';
import { fillTera } from './tera-rendering.js';

/** @throws SpellError `TOOL_FAILED` with the line of a mistake, `TOO_LARGE` */
export function render(args: ToolArguments): HostObject {
  const source = textOf(args, 'input');
  const context = (args.get('context') ?? new Map()) as ValueMap;
  const options = { escapes: args.get('escape') === 'html', strict: args.get('strict') === true };
  const engine =
    optionalText(args.get('engine')) ?? (looksLikeTera(source) ? 'tera' : 'handlebars');
  const rendered = boundedWork(() =>
    engine === 'tera'
      ? fillTera(parseTera(source), context, options)
      : fillTemplate(parseTemplate(source), context, options),
  );
  return { rendered, engine };
}
