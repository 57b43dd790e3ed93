import { Failure } from "../failure";
import { bot } from "./bot";
import type { Candidate } from "./candidate";
import { chart } from "./chart";
import { environmentBranch } from "./environment-branch";
import { links } from "./links";
import { plainSecrets } from "./plain-secrets";
import { stagingMirrors } from "./staging-mirror";
import type { Problem } from "./problem";
import type { Request } from "./request";
import { syntax } from "./syntax";
import { twoReaders } from "./two-readers";

/** Everything that keeps a change from being let in; a request is there where it is a pull request. */
export async function validate(candidate: Candidate, request?: Request): Promise<Problem[]> {
  // First, and alone: what is behind a link is not even read.
  const refused = links(candidate);
  if (refused.length > 0) return refused;
  const unreadable = [...(await syntax(candidate)), ...(await twoReaders(candidate))];
  const problems = [
    ...environmentBranch(candidate),
    ...(request ? await bot(candidate, request) : []),
    ...unreadable,
    ...(await plainSecrets(candidate)),
    ...(await stagingMirrors(candidate)),
  ];
  // Helm would say the same of a file that cannot be read, less well.
  const said = new Set(unreadable.map(({ file }) => file));
  const rendering = (await failureAsProblem(() => chart(candidate))).filter(({ file }) => !said.has(file));
  return [...problems, ...rendering];
}

/** What a check gives up over, as one more problem: the other checks' stay to be read. */
export async function failureAsProblem(check: () => Promise<Problem[]>): Promise<Problem[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Failure) return [{ message: error.message }];
    throw error;
  }
}
