import { setTimeout as sleep } from "node:timers/promises";
import { Octokit } from "@octokit/rest";
import { GitHubError } from "./errors";
import type { GitHubOptions } from "./options";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** GitHub's REST API for one owner. Writes go one after the other, with the configured wait after each. */
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
      // Errors are told once, by the engine.
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
  }

  /** The path of a repository, or of something in it. The further parts must be encoded where they may hold `/`. */
  repository(name: string, ...parts: (string | number)[]): string {
    return ["/repos", encodeURIComponent(this.owner), encodeURIComponent(name), ...parts].join("/");
  }

  /** Calls the API and answers the parsed body. Throws {@link GitHubError} for an answer that is no success. */
  async call(method: Method, path: string, body?: unknown): Promise<unknown> {
    if (method === "GET") return this.#repeat(method, path, body);
    const write = this.#lastWrite.then(async () => this.#repeat(method, path, body));
    this.#lastWrite = write.catch(() => undefined).then(async () => sleep(this.#options.writeDelayMs));
    return write;
  }

  /** A GET whose 404 is an answer: undefined. */
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

  async #repeat(method: Method, url: string, body: unknown): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        const options = { method, url, ...(body === undefined ? {} : { data: body }) };
        const { status, data }: { status: number; data: unknown } = await this.#octokit.request(options);
        // Octokit takes it for a success. GitHub answers 303 where it makes nothing, since that is there.
        if (status >= 300) {
          const why = status === 303 ? "it is there already. Delete it on GitHub, then run up again." : "no success.";
          throw new GitHubError(status, `${method} ${url}: GitHub answered ${status}: ${why}`);
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

/** Encodes a path of files or a branch's name, and keeps its slashes. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
