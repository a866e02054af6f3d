/** Results of host calls as bytes: for a journal, and for a VM on another thread. */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import type { Value } from '../base/value.js';
import { type HostResult, Results } from './engine.js';

export function encodeResult(result: HostResult): Uint8Array {
  return encodeRecord(result instanceof Results ? [...result.values] : [result]);
}

/** The result as Lua gets it: the same whether it was made just now or read from a journal. */
export function decodeResult(bytes: Uint8Array): HostResult {
  const values = decodeRecord(bytes) as readonly Value[];
  return values.length === 1 ? values[0] : new Results(...values);
}
