import type { Network } from '../network/network.js';
import type { Tool } from '../tool.js';
import { httpRequester } from './http-requester.js';

/** The tools that call hosts. A new one is a file in this folder and a line here. */
export function networkTools(network: Network): readonly Tool[] {
  return [httpRequester(network)];
}
