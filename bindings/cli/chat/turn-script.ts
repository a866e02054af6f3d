/** The program that a turn of a chat is: a run like any other, so it is recorded, and gone on with after a crash. */
import { type Script, scriptFromSource } from '../../../runtime/run/script.js';

/** What runs of this program are called. */
export const TURN_NAME = 'chat';

/**
 * The answer and what was said are kept together, when the answer is complete; with tools each round is kept, too.
 * Standard error gets a line for each call of a tool: its name, and its arguments.
 */
const SOURCE = `-- A turn of a chat: asks the model of a session, and writes the answer as it comes.
local session, prompt = ...
local tools = { select(3, ...) }
io.stdout:setvbuf("no")
local options = {
  on_token = function(token, about)
    io.write(about.restart and "\\n" or token)
  end,
}
if #tools == 0 then
  Session.generate(session, prompt, options)
else
  options.tools = tools
  function options.on_tool_call(call)
    io.stderr:write(call.name .. " " .. JSON.stringify(call.arguments) .. "\\n")
  end
  Session.generateWithTools(session, prompt, options)
end
`;

export async function turnScript(folder: string): Promise<Script> {
  return scriptFromSource(Buffer.from(SOURCE), { name: TURN_NAME, chunkName: '=chat', folder });
}

/** What the program is given. */
export function turnArguments(
  session: string,
  prompt: string,
  tools: readonly string[],
): readonly string[] {
  return [session, prompt, ...tools];
}

/** What the user said in the turn that a run was; `undefined` for runs of other programs and of other sessions. */
export function promptOf(
  run: { readonly script: { readonly path: string }; readonly args: readonly string[] },
  session: string,
): string | undefined {
  const [of, prompt] = run.args;
  return run.script.path === TURN_NAME && of === session ? prompt : undefined;
}
