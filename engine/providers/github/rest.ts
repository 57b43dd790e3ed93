import { setTimeout as sleep } from "node:timers/promises";
import { Octokit } from "@octokit/rest";
import { GitHubError } from "./errors";
import type { GitHubOptions } from "./options";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Client of GitHub's REST API for one owner. Writes are sequential. */
export class GitHub {
  readonly owner: string;
  readonly #octokit: Octokit;
  readonly #options: GitHubOptions;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.owner = options.owner;
    const silent = (): void => undefined;
    this.#octokit = new Octokit({
      auth: options.token,
      baseUrl: options.restUrl,
      // The engine reports errors.
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
  }

  /** The API path of a repository, or of something in it. Parts that may contain `/` must be encoded by the caller. */
  repository(name: string, ...parts: (string | number)[]): string {
    return ["/repos", encodeURIComponent(this.owner), encodeURIComponent(name), ...parts].join("/");
  }

  /** Calls the API and returns the parsed body. @throws GitHubError unless the response is a success. */
  async call(method: Method, path: string, body?: unknown): Promise<unknown> {
    if (method === "GET") return this.#withRetries(method, path, body);
    const write = this.#lastWrite.then(async () => this.#withRetries(method, path, body));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  /** Sends a GET. Returns undefined for a 404. */
  async find(path: string): Promise<unknown> {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (error instanceof GitHubError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All entries of a list, page by page. */
  async list(path: string): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let page = 1; ; page++) {
      const entries = (await this.call("GET", `${path}?per_page=100&page=${page}`)) as unknown[];
      all.push(...entries);
      if (entries.length < 100) return all;
    }
  }

  async #withRetries(method: Method, url: string, body: unknown): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        const options = { method, url, ...(body === undefined ? {} : { data: body }) };
        const { status, data }: { status: number; data: unknown } = await this.#octokit.request(options);
        // Octokit treats these as successes. GitHub responds with 303 if the object to create exists.
        if (status >= 300) {
          const why =
            status === 303 ? "the object exists. Delete it on GitHub, then run up again." : "expected a success (2xx).";
          throw new GitHubError(status, `${method} ${url}: GitHub responded with ${status}: ${why}`);
        }
        return data;
      } catch (cause) {
        const error = cause instanceof GitHubError ? cause : GitHubError.from(cause, `${method} ${url}`, this.#options);
        if (error.status < 500 || error.status === 501 || attempt >= this.#options.maxRetries) throw error;
        await sleep(this.#options.retryDelayMs);
      }
    }
  }
}

/** Encodes a file path or a branch name for a URL, except for its slashes. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
