import type { RepositoryRecord } from "../store/records";

/** The URLs in responses, all on this server. */
export class Urls {
  constructor(private readonly baseUrl: () => string) {}

  /** The server's URL without a trailing slash: http://127.0.0.1:8080 */
  get base(): string {
    return this.baseUrl();
  }

  /** URL below /api/v3. */
  api(path: string): string {
    return `${this.base}/api/v3${path}`;
  }

  /** URL of a repository's API. */
  repo(record: RepositoryRecord, path = ""): string {
    return this.api(`/repos/${record.owner}/${record.name}${path}`);
  }

  /** URL of a repository's page. */
  html(record: RepositoryRecord, path = ""): string {
    return `${this.base}/${record.owner}/${record.name}${path}`;
  }
}

/** Escapes every segment of a path for a URL, and keeps the slashes. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** An opaque id in GitHub's older format: base64 of a length, a type and a number or name. */
export function nodeId(type: string, id: number | string): string {
  return Buffer.from(`0${type.length}:${type}${id}`).toString("base64");
}
