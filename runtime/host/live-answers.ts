import type { Answers } from './host-call.js';

/** Live answers come from performing the operation. */
export const liveAnswers: Answers = {
  answer: ({ operation, args, context }) => operation.perform(args, context),
};
