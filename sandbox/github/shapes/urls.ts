import type { RepositoryRecord } from "../records";

/** The addresses that answers carry, all below the server's own. */
export class Urls {
  constructor(private readonly address: () => string) {}

  /** The server's address without a slash at its end: http://127.0.0.1:8080 */
  get base(): string {
    return this.address();
  }

  /** Address below /api/v3. */
  api(path: string): string {
    return `${this.base}/api/v3${path}`;
  }

  /** Address of a repository's API. */
  repo(record: RepositoryRecord, path = ""): string {
    return this.api(`/repos/${record.owner}/${record.name}${path}`);
  }

  /** Address of a repository's page. */
  html(record: RepositoryRecord, path = ""): string {
    return `${this.base}/${record.owner}/${record.name}${path}`;
  }
}

/** A path in an address: every part escaped, its slashes kept. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** An opaque id in the older form of GitHub's: the base64 of a length, a type and a number or name. */
export function nodeId(type: string, id: number | string): string {
  return Buffer.from(`0${type.length}:${type}${id}`).toString("base64");
}
