import { Failure } from "../failure";
import { pushersIn, untilRecorded } from "../github/pushers";
import type { Session } from "../session";
import { type Candidate, candidate } from "./candidate";
import type { Request } from "./request";
import { fetchOfPull, pullHead, remoteBranch } from "../git/refs";

/** A pull request as its checks need it. Its head is fetched, never checked out. */
export async function fromPullRequest(
  session: Session,
  number: number,
  sha: string | undefined,
): Promise<{ candidate: Candidate; request: Request }> {
  const { clone, github, repository } = session;
  const { data } = await github.rest.pulls.get({ ...repository, pull_number: number });
  await clone.fetch(fetchOfPull(number));
  const head = await clone.resolve(sha ?? pullHead(number));
  if (head === undefined)
    throw new Failure(`#${number} was replaced by other commits. They have a check of their own.`);
  const { ref: branch } = data.base;
  const base = await clone.git("rev-parse", remoteBranch(branch));
  const isBot = data.user.type !== "User";
  // A fork that was deleted is null, which Octokit's types do not say.
  const from = data.head.repo as { full_name: string } | null;
  if (isBot && from?.full_name !== data.base.repo.full_name) {
    throw new Failure(
      `#${number} is a bot's and comes from a fork, where nobody knows who pushed. Push its branch here.`,
    );
  }
  const pushers = isBot ? pushersIn(await untilRecorded(session, data.head.ref, head), head) : [];
  const request = { branch: data.head.ref, author: data.user.login, isBot, pushers: pushers.map(({ login }) => login) };
  return { candidate: await candidate(clone, branch, base, head), request };
}
