/** What a message needs to know of the configuration. */
interface Origin {
  token: string;
  owner: string;
  restUrl: string;
}

/** An answer of GitHub that is no success, or none at all (status 0). The message never holds the token. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Explains what a call ended with. */
  static from(cause: unknown, call: string, origin: Origin): GitHubError {
    // Octokit's RequestError; it has a response only where there was one.
    const { status: code, response } = cause as { status?: number; response?: unknown };
    const answered = typeof code === "number" && response !== undefined;
    const status = answered ? code : 0;
    const said = cause instanceof Error ? cause.message : String(cause);
    const message = answered ? `${call}: ${explain(status, said, origin)}` : unreachable(call, said, origin);
    return new GitHubError(status, message.replaceAll(origin.token, "[secret]"));
  }
}

function explain(status: number, said: string, { owner }: Origin): string {
  if (status === 401) return "GitHub refused the token (401). Set a valid one on the provider.";
  if (status === 403) {
    return `GitHub forbids this (403): ${said}. Give the token the right (administration, contents, webhooks), or wait where it is a rate limit.`;
  }
  if (status === 404) {
    return `not found (404): ${said}. It is not there, or the token may not see it: check the name and the token's access to ${owner}.`;
  }
  return `GitHub answered ${status}: ${said}`;
}

function unreachable(call: string, said: string, { restUrl }: Origin): string {
  return `${call}: GitHub at ${restUrl} cannot be reached: ${said}. Is it running, and is this its address?`;
}
