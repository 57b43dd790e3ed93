import { setTimeout as sleep } from "node:timers/promises";
import { Octokit } from "@octokit/rest";
import type { Inputs } from "../../model/provider";
import { readProviderInputs, requireLoopback, type SupportedOptions } from "../options";

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

/** The configuration of a `pulumi:providers:github` resource. */
interface GitHubOptions {
  token: string;
  /** Organisation or user that owns the repositories. */
  owner: string;
  /** Base URL of the REST API, without a trailing slash. */
  restUrl: string;
  /** Maximum number of retries after a server error (5xx). Default: 3. */
  maxRetries: number;
  /** Delay before a retry, in ms. Default: 1000. */
  retryDelayMs: number;
}

const SUPPORTED: SupportedOptions = {
  strings: ["token", "owner", "organization", "baseUrl"],
  flags: [],
  numbers: ["maxRetries", "retryDelayMs"],
  // The delay between writes keeps within the rate limits of github.com, which this engine never calls.
  ignored: ["version", "insecure", "parallelRequests", "retryableErrors", "readDelayMs", "writeDelayMs", "maxPerPage"],
};

/** Validates the provider's inputs. Throws if one is missing or not supported, or is not a loopback address. */
export function readOptions(inputs: Inputs): GitHubOptions {
  const given = readProviderInputs("github provider", inputs, SUPPORTED) as Partial<
    Record<"token" | "owner" | "organization" | "baseUrl", string> & Record<"maxRetries" | "retryDelayMs", number>
  >;
  const baseUrl = given.baseUrl ?? "https://api.github.com/";
  requireLoopback("github provider: baseUrl", baseUrl);
  return {
    token: required("token", given.token),
    owner: required("owner", given.owner ?? given.organization),
    restUrl: `${baseUrl.replace(/\/+$/, "").replace(/\/api\/v3$/, "")}/api/v3`,
    maxRetries: given.maxRetries ?? 3,
    retryDelayMs: given.retryDelayMs ?? 1000,
  };
}

function required(key: string, value: string | undefined): string {
  if (value) return value;
  throw new Error(
    `github provider: ${key}: got none; expected a value. Set it on the provider: the engine does not read it from ` +
      "environment variables.",
  );
}

/** The parts of the configuration that error messages need. */
interface Origin {
  token: string;
  owner: string;
  restUrl: string;
}

/** An unsuccessful response from GitHub, or no response (status 0). The message never contains the token. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Converts an error from Octokit. */
  static from(cause: unknown, call: string, origin: Origin): GitHubError {
    // Octokit's RequestError has a status even if there was no response.
    const { status: code, response } = cause as { status?: number; response?: unknown };
    const hasResponse = typeof code === "number" && response !== undefined;
    const status = hasResponse ? code : 0;
    const detail = cause instanceof Error ? cause.message : String(cause);
    const message = hasResponse ? `${call}: ${explain(status, detail, origin)}` : unreachable(call, detail, origin);
    return new GitHubError(status, message.replaceAll(origin.token, "[secret]"));
  }
}

function explain(status: number, detail: string, { owner }: Origin): string {
  if (status === 401) return "GitHub rejected the token (401). Set a valid token on the provider.";
  if (status === 403) {
    return (
      `GitHub responded with 403: ${detail}. Grant the token the missing permission (administration, contents or ` +
      "webhooks); if it is a rate limit, wait."
    );
  }
  if (status === 404) {
    return (
      `GitHub responded with 404: ${detail}. It does not exist, or the token has no access to it. ` +
      `Check the name and the token's access to ${owner}.`
    );
  }
  return `GitHub responded with ${status}: ${detail}`;
}

function unreachable(call: string, detail: string, { restUrl }: Origin): string {
  return `${call}: GitHub at ${restUrl} cannot be reached: ${detail}. Check that it is running and the URL is correct.`;
}
