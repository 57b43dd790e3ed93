import type { Session } from "../session";
import type { Waiting } from "../waiting";
import { type Landed, Landing } from "./landing";
import { type NewPullRequest, openPullRequest } from "./pulls";

/** A pushed branch that is to be merged. */
export interface Request extends NewPullRequest {
  /** The branch's commit: nothing else is merged. */
  readonly head: string;
  /** What the merge's commit says below its title. */
  readonly message: string;
}

/**
 * Brings a pushed branch in by pull request: opens it or takes the open one, waits until GitHub lets it in, and merges
 * it. Stopped in between, the same call goes on where it was.
 * @returns what was merged; or, where all but a review is there, whose review it waits for.
 * @throws {Failure} where a check failed, somebody closed the pull request, or the time is over.
 * @throws {Rebuild} where the branch conflicts, or another commit is on it: make it again.
 */
export async function land(session: Session, request: Request, waiting: Waiting): Promise<Landed> {
  const pull = await openPullRequest(session, request);
  const { title, body } = request;
  if (pull.title !== title) {
    await session.github.rest.pulls.update({ ...session.repository, pull_number: pull.number, title, body });
  }
  const landing = new Landing(session, pull, request);
  for (;;) {
    const step = await landing.step();
    if ("done" in step) return step.done;
    await waiting.for(`#${pull.number}: ${step.wait}`);
  }
}
