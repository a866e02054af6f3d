/** `llmspell config path|show|check` */
import { explainConfig } from '../../../config/explain.js';
import { fromPlain } from '../../../runtime/base/value.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, loadInvocation } from '../invocation.js';
import { jsonText } from '../render/json-view.js';

export async function configPath(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const { files, config, paths } = await loadInvocation(invocation);
  const data = {
    files: [...files],
    user_file: paths.userFile,
    storage: config.sessions.storageBackend,
    data_dir: config.storage.path,
  };
  await terminal.result(data, () => {
    for (const file of files) terminal.out(`config   ${file}\n`);
    if (files.length === 0) terminal.note('no configuration file holds here');
    terminal.out(`data     ${config.storage.path}\n`);
    terminal.out(`storage  ${config.sessions.storageBackend}\n`);
  });
  return EXIT_OK;
}

export async function configShow(invocation: Invocation): Promise<number> {
  const { terminal, options } = invocation;
  const keys = explainConfig(await loadInvocation(invocation));
  const items = keys.map(({ key, value, origin }) => ({ key, value: fromPlain(value), origin }));
  await terminal.result({ items, next: null }, async () => {
    const { dim } = await terminal.paint(1);
    for (const { key, value, origin } of items) {
      const from = options.flag('origin') ? dim(`  # ${origin}`) : '';
      terminal.out(`${key} = ${value === null ? 'unset' : jsonText(value)}${from}\n`);
    }
  });
  return EXIT_OK;
}

export async function configCheck(invocation: Invocation): Promise<number> {
  const { terminal, args } = invocation;
  const [file] = args;
  const change = file === undefined ? {} : { configPath: file, discover: false };
  const { files, warnings } = await loadInvocation(invocation, change);
  await terminal.result({ files: [...files], warnings: [...warnings] }, () => {
    for (const path of files) terminal.out(`${path}: ok\n`);
    if (files.length === 0) terminal.out('no configuration file holds here\n');
  });
  return EXIT_OK;
}
