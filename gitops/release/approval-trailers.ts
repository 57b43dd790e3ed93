import { countedApprovers, type Obstacle, type Verdict } from "../four-eyes/verdict";
import type { Trailers } from "../git/message";

/**
 * What a record says of who let a release in: those whose approval counted. Of one that was merged although it should
 * not have been, what spoke against it, by its code: nobody approved that.
 */
export function approvalTrailers(verdict: Verdict): Pick<Trailers, "Approved-By" | "Refused" | "Break-Glass"> {
  const { state, approvals, obstacles, breakGlass } = verdict;
  if (state === "approved") {
    return {
      "Approved-By": countedApprovers(verdict).map(mention),
      ...(breakGlass && { "Break-Glass": `${mention(breakGlass.by)} ${breakGlass.reason}` }),
    };
  }
  const people = approvals.flatMap((approval) =>
    approval.counts ? [] : [`${mention(approval.login)} ${approval.reason}`],
  );
  const refusals = [...people, ...obstacles.map((obstacle) => `${about(obstacle)} ${obstacle.reason}`)];
  return { Refused: refusals.length > 0 ? refusals : ["nobody not-approved"] };
}

function about(obstacle: Obstacle): string {
  if (obstacle.reason === "nobody-asked")
    return "number" in obstacle ? `#${obstacle.number}` : obstacle.commit.slice(0, 12);
  // A path may have blanks, and the code stands behind the last of them.
  return obstacle.reason === "no-owner" ? obstacle.path : "release";
}

/** A login as people write it. */
export function mention(login: string): string {
  return `@${login}`;
}
