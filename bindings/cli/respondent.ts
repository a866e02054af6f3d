/** Answers what a run asks: a person at the terminal does, or is told how to. */

import type { HostValue } from '../../runtime/base/value.js';
import type { ApprovalAnswer, OpenQuestion } from '../../runtime/open-question.js';
import type { OnQuestion } from '../../runtime/respondents.js';
import type { Invocation } from './invocation.js';
import { jsonText } from './render/json-view.js';
import { printable } from './render/printable.js';
import { howToAnswer } from './render/run-view.js';
import type { Terminal } from './render/terminal.js';
import type { StandardInput } from './standard-input.js';

/** @param input Where a person types; absent when the script itself came from there. */
export async function respondent(
  { options, terminal }: Pick<Invocation, 'options' | 'terminal'>,
  input: (() => Promise<StandardInput>) | undefined,
): Promise<OnQuestion> {
  if (options.flag('yes')) return () => ({ approved: true });
  // A run that is left asleep says itself what it waits for.
  if (terminal.json || options.flag('jsonl') || options.flag('detach')) return () => undefined;
  if (input === undefined || !(await terminal.isInteractive(0))) {
    return (question) => {
      terminal.note(questionText(question));
      terminal.note(howToAnswer(question.run, question));
      return undefined;
    };
  }
  // Of several questions a person gets one at a time.
  let before: Promise<unknown> = Promise.resolve();
  return (question, signal) => {
    const answer = before.then(async () => askPerson(terminal, await input(), question, signal));
    before = answer.catch(() => undefined);
    return answer;
  };
}

async function askPerson(
  terminal: Terminal,
  input: StandardInput,
  question: OpenQuestion,
  signal: AbortSignal,
): Promise<ApprovalAnswer | undefined> {
  if (signal.aborted) return undefined;
  terminal.err(`${questionText(question)}\n`);
  for (;;) {
    terminal.err('Approve? [y/N] ');
    const line = await input.line(signal);
    if (line === undefined) {
      terminal.err('\n');
      terminal.note(
        signal.aborted ? 'no answer is needed any more' : howToAnswer(question.run, question),
      );
      return undefined;
    }
    const answer = parseAnswer(line);
    if (answer !== undefined) return answer;
    terminal.err('Type y or n, and behind it what you want to say to the script.\n');
  }
}

/** `y`, `n` or nothing, with a comment behind it. */
function parseAnswer(line: string): ApprovalAnswer | undefined {
  const found = /^(?:(y(?:es)?)|no?)?(?:[\s,:]+(.*))?$/i.exec(line.trim());
  if (found === null) return undefined;
  const comment = found[2]?.trim() ?? '';
  return { approved: found[1] !== undefined, ...(comment === '' ? {} : { comment }) };
}

function questionText({ name, text, data }: OpenQuestion): string {
  const shown = data === null || data === undefined ? '' : `\n${jsonText(data as HostValue)}`;
  return printable(`${name}${text === null ? '' : `: ${text}`}${shown}`);
}
