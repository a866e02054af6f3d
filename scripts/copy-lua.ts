/** Copies the Lua text of the preludes beside the compiled code that reads it. */
import { cpSync } from 'node:fs';

for (const folder of ['runtime/engine/prelude', 'bindings/lua/prelude']) {
  cpSync(folder, `dist/${folder}`, { recursive: true });
}
