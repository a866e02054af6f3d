/** The most pages that one call lists. */
export const MAX_URLS = 50_000;
export const DEFAULT_URLS = 1000;
export const DEFAULT_SITEMAPS = 20;
