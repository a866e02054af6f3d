/** The formats of archives, by their usual endings. */
export const FORMATS = ['zip', 'tar', 'tar.gz', 'gz'] as const;
