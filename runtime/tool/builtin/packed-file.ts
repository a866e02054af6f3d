/** PackedFile is a file, or a folder, that goes into an archive. */
export interface PackedFile {
  readonly name: string;
  /** `undefined` for a folder. */
  readonly content: Buffer | undefined;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** Its owner may run it. */
  readonly executable: boolean;
}

/** The bit of a mode by which the owner of a file may run it. */
export const OWNER_RUNS = 0o100;

/** What archives say of who may do what: nothing of the machine that they were made on but what can be run. */
export function modeOf({ content, executable }: PackedFile): number {
  return content === undefined || executable ? 0o755 : 0o644;
}
