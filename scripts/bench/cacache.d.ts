/** The part of cacache that the benchmarks use; the package brings no types. */
declare module 'cacache' {
  const cacache: {
    put(cache: string, key: string, data: Uint8Array): Promise<unknown>;
    get(cache: string, key: string): Promise<{ readonly data: Buffer }>;
  };
  export default cacache;
}
