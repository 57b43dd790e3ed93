/** Parses a URL; null if it is invalid. Equivalent to `URL.parse`, which needs Node 22.1. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
