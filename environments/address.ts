/** The URL that a text is; null where it is none. `URL.parse` says the same, from Node 22.1 on. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
