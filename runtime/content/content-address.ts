/**
 * The content address: BLAKE3 with 256 bits, as 64 hexadecimal digits.
 *
 * The WebAssembly package is the reference and always there; the native one is optional and about eight times faster
 * for large inputs, while its calls cost more for small ones. Both give the same digests, which a test compares.
 */

/** Inputs of at least this size go to the native package when it loads. */
const NATIVE_FROM_BYTES = 64 * 1024;

/** The WebAssembly package copies its input into its own memory, so it gets large ones in slices. */
const SLICE_BYTES = 1024 * 1024;

/** ContentHasher takes a content in pieces. Call `digest` or `dispose` once, or its memory is kept. */
export interface ContentHasher {
  update(bytes: Uint8Array): void;
  /** The address of everything so far; nothing can be added afterwards. */
  digest(): string;
  /** Lets go of a hasher whose digest nobody needs any more. */
  dispose(): void;
}

export interface HashOptions {
  /** `false` keeps to the WebAssembly package. */
  readonly native?: boolean;
}

/** The address of a content. */
export async function contentHash(bytes: Uint8Array, options: HashOptions = {}): Promise<string> {
  if (bytes.length < NATIVE_FROM_BYTES) {
    const { hash } = await import('blake3');
    return Buffer.from(hash(bytes) as Buffer).toString('hex');
  }
  const hasher = await contentHasher(options);
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    hasher.update(bytes.subarray(start, start + SLICE_BYTES));
  }
  return hasher.digest();
}

/** A function that hashes small inputs at once, where there is no time to wait. */
export async function loadHash(): Promise<(bytes: Uint8Array) => Uint8Array> {
  const { hash } = await import('blake3');
  return (bytes) => new Uint8Array(hash(bytes) as Buffer);
}

/** A hasher for a content that is not in memory as a whole. */
export async function contentHasher(options: HashOptions = {}): Promise<ContentHasher> {
  const native = options.native === false ? undefined : await loadNative();
  return native === undefined ? portableHasher() : nativeHasher(native);
}

/** True where the native package takes care of large inputs. */
export async function hasNativeHash(): Promise<boolean> {
  return (await loadNative()) !== undefined;
}

type NativePackage = typeof import('@napi-rs/blake-hash');

/** The native package; `undefined` where it is not installed or has no build for this machine. */
async function loadNative(): Promise<NativePackage | undefined> {
  try {
    return await import('@napi-rs/blake-hash');
  } catch {
    return undefined;
  }
}

function nativeHasher({ Blake3Hasher }: NativePackage): ContentHasher {
  const hasher = new Blake3Hasher();
  return {
    update: (bytes) => {
      hasher.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
    digest: () => hasher.digest('hex'),
    // The garbage collector frees it.
    dispose: () => {},
  };
}

async function portableHasher(): Promise<ContentHasher> {
  const { createHash } = await import('blake3');
  const hasher = createHash();
  return {
    update: (bytes) => {
      hasher.update(bytes);
    },
    digest: () => hasher.digest('hex') as string,
    dispose: () => hasher.dispose(),
  };
}
