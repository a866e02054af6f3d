/** PreparedContent is a content that was hashed, compressed and written ahead of the change that needs it. */
import type { ChunkInfo } from './blob-record.js';

/** Body is the bytes of a content in the form in which they are stored. */
export interface Body {
  readonly id: string;
  readonly chunks: readonly ChunkInfo[];
  /** The stored bytes of a body of at most one chunk, which is written with its record; others are staged. */
  readonly inline: Uint8Array | undefined;
}

export class PreparedContent {
  /**
   * @param hash Content address.
   * @param size Bytes of the content.
   * @param bytes The plain content where it is in memory anyway: lets a body be made again.
   * @param body Absent while the content was found stored already.
   */
  constructor(
    readonly hash: string,
    readonly size: number,
    readonly bytes: Uint8Array | undefined,
    public body: Body | undefined,
  ) {}
}
