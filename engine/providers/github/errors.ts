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
