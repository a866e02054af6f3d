import { expect, it } from 'vitest';
import { fromPlain } from '../../runtime/base/value.js';
import type { Part } from '../../runtime/provider/message.js';
import { partsFromData, partToData } from '../../runtime/session/message-parts.js';

it('keeps who thought a thought, without which nobody is shown it again', () => {
  const parts: readonly Part[] = [
    { type: 'reasoning', text: 'Hm.', signature: 'sig', origin: 'claude/claude-opus-5-5' },
    { type: 'reasoning', text: '', redacted: 'xx', origin: 'claude/claude-opus-5-5' },
    { type: 'reasoning', text: 'So.', field: 'reasoning', origin: 'vllm/qwen' },
    { type: 'text', text: 'Yes.' },
  ];
  expect(partsFromData(fromPlain(parts.map(partToData)))).toEqual(parts);
});
