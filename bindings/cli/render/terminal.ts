/** Terminal is where a command writes: data to standard output, everything else to standard error. */
import type { Environment } from '../../../config/paths.js';
import type { SpellError } from '../../../runtime/base/errors.js';
import type { HostValue } from '../../../runtime/base/value.js';
import { writeFully } from './write-fully.js';

export interface TerminalOptions {
  /** Exactly one JSON document goes to standard output. */
  readonly json: boolean;
  /** Only errors go to standard error. */
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noColour: boolean;
  readonly environment: Environment;
}

export class Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;

  constructor(private readonly options: TerminalOptions) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.verbose = options.verbose;
  }

  /** True when a person is behind standard input (0) or standard output (1). */
  async isInteractive(fd: 0 | 1): Promise<boolean> {
    const { isatty } = await import('node:tty');
    return isatty(fd);
  }

  /** Data, as it is. */
  out(data: string | Uint8Array): void {
    writeFully(1, data);
  }

  /** Text besides the data, as it is. */
  err(data: string | Uint8Array): void {
    writeFully(2, data);
  }

  /** A line for people about what happens. */
  note(text: string): void {
    if (!this.quiet) this.err(`${text}\n`);
  }

  /** A line that only `--verbose` shows. */
  detail(text: string): void {
    if (this.verbose) this.note(text);
  }

  async warning(text: string): Promise<void> {
    if (this.quiet) return;
    const { printable } = await import('./printable.js');
    const { yellow } = await this.paint(2);
    this.err(`${yellow('warning:')} ${printable(text)}\n`);
  }

  async paint(fd: 1 | 2) {
    const { paintFor } = await import('./paint.js');
    return paintFor(fd, this.options.environment, this.options.noColour);
  }

  /** The result of a command: the document for programs, or what `human` writes for people. */
  async result(data: HostValue, human: () => void | Promise<void>): Promise<void> {
    if (!this.json) return human();
    const { jsonText } = await import('./json-view.js');
    this.out(`${jsonText({ ok: true, data })}\n`);
  }

  /** @param data What a command that failed still found out. */
  async failure(error: SpellError, data?: HostValue): Promise<void> {
    if (this.json) {
      const { jsonText } = await import('./json-view.js');
      this.out(`${jsonText({ ok: false, error: errorRecord(error), data })}\n`);
    } else {
      const { errorText } = await import('./error-text.js');
      this.err(errorText(error, await this.paint(2)));
    }
    const { cause } = error;
    const isOfUse = this.verbose || error.code === 'INTERNAL';
    if (isOfUse && cause instanceof Error) this.err(`${cause.stack ?? cause.message}\n`);
  }
}

/** An error as `--json` shows it. */
export function errorRecord(error: SpellError): HostValue {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    file: error.file ?? null,
    line: error.line ?? null,
  };
}
