/** The program that a turn of a chat is: a run like any other, so it is recorded, and gone on with after a crash. */
import { type Script, scriptFromSource } from '../../../runtime/run/script.js';

/** What runs of this program are called. */
export const TURN_NAME = 'chat';

/** The answer and what was said are kept together, when the answer is complete. */
const SOURCE = `-- A turn of a chat: asks the model of a session, and writes the answer as it comes.
local session, prompt = ...
io.stdout:setvbuf("no")
Session.generate(session, prompt, {
  on_token = function(token, about)
    io.write(about.restart and "\\n" or token)
  end,
})
`;

export async function turnScript(folder: string): Promise<Script> {
  return scriptFromSource(Buffer.from(SOURCE), { name: TURN_NAME, chunkName: '=chat', folder });
}

/** What the program is given. */
export function turnArguments(session: string, prompt: string): readonly string[] {
  return [session, prompt];
}

/** What the user said in the turn that a run was; `undefined` for runs of other programs and of other sessions. */
export function promptOf(
  run: { readonly script: { readonly path: string }; readonly args: readonly string[] },
  session: string,
): string | undefined {
  const [of, prompt] = run.args;
  return run.script.path === TURN_NAME && of === session ? prompt : undefined;
}
