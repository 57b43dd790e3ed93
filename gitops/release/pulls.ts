import { RequestError } from "@octokit/request-error";
import type { Session } from "../session";
import { type Unit, unitBranch } from "./unit";

/** A pull request's number and address. */
export interface PullAddress {
  readonly number: number;
  readonly url: string;
}

/** Opens the pull request of a unit's release; where it was opened meanwhile, finds it. */
export async function openPull(
  session: Session,
  unit: Unit,
  text: { readonly title: string; readonly body: string },
): Promise<PullAddress> {
  const { github, repository } = session;
  const [head, base] = [unitBranch(unit), `env/${unit.environment}`];
  try {
    const { data } = await github.rest.pulls.create({ ...repository, ...text, head, base });
    return { number: data.number, url: data.html_url };
  } catch (error) {
    const isThere = error instanceof RequestError && error.status === 422 && error.message.includes("already exists");
    const found = isThere ? (await pullsOf(session, unit, "open"))[0] : undefined;
    if (!found) throw error;
    return { number: found.number, url: found.html_url };
  }
}

/** The pull request of a unit's release that somebody closed, unmerged, at this commit. */
export async function closedAt(session: Session, unit: Unit, head: string): Promise<PullAddress | undefined> {
  const closed = await pullsOf(session, unit, "closed");
  const found = closed.find((pull) => pull.head.sha === head && pull.merged_at === null);
  return found && { number: found.number, url: found.html_url };
}

/** Newest first, at most a hundred. */
async function pullsOf({ github, repository }: Session, unit: Unit, state: "open" | "closed") {
  const head = `${repository.owner}:${unitBranch(unit)}`;
  const request = { ...repository, state, head, base: `env/${unit.environment}`, per_page: 100 };
  return (await github.rest.pulls.list(request)).data;
}
