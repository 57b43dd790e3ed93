import { RequestError } from "@octokit/request-error";
import type { GitHub } from "../../github/client";

/** An answer, and what GitHub knows it again by. */
interface Known {
  readonly etag: string;
  readonly answer: Awaited<ReturnType<GitHub["request"]>>;
}

/** So many answers are kept: those that were used last. */
const MOST = 2000;

/**
 * Lets a client remember what GitHub answered and ask only whether that changed: such an answer (304) does not count
 * against the limit (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api). What
 * fails is not repeated: the board asks again anyway, and until then it says what failed.
 */
export function rememberAnswers(github: GitHub): void {
  const known = new Map<string, Known>();
  const keep = (url: string, entry: Known) => {
    known.delete(url);
    known.set(url, entry);
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
  };
  github.hook.before("request", (options) => {
    options.request.retries = 0;
  });
  github.hook.wrap("request", async (request, options) => {
    if (options.method !== "GET") return request(options);
    const { url } = github.request.endpoint.parse(options);
    const before = known.get(url);
    try {
      const headers = { ...options.headers, ...(before && { "if-none-match": before.etag }) };
      const answer = await request({ ...options, headers });
      const { etag } = answer.headers;
      if (etag !== undefined) keep(url, { etag, answer });
      return answer;
    } catch (error) {
      if (!before || !(error instanceof RequestError) || error.status !== 304) throw error;
      keep(url, before);
      return before.answer;
    }
  });
}
