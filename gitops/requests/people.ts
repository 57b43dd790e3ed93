import { RequestError } from "@octokit/request-error";
import { Failure } from "../failure";
import type { Session } from "../session";
import type { Asked } from "./asked";
import { readCi } from "./ci";

/** Something that only a person may ask for. */
export interface PersonalWorkflow {
  /** Its file. */
  readonly file: string;
  /** What Actions calls it. */
  readonly name: string;
}

/** What speaks against those who ask, as far as their names alone tell: nobody, or a bot. */
export function nameProblemsOf(asked: Asked, workflow: PersonalWorkflow): string[] {
  return Object.entries(asked).flatMap(([key, login]: [string, string]) => {
    if (login === "") return [`${key}: got nothing; expected who started the workflow. ${wayOut(workflow)}`];
    return isBotName(login) ? [notAPerson(key, login, workflow)] : [];
  });
}

/**
 * Throws unless people ask, both of them: who runs another's run once more takes on its inputs, and neither lends the
 * other a name. A bot or an account of CI is nobody whose part in a release could be seen.
 * @throws {Failure} with every problem.
 */
export async function requirePeople(session: Session, asked: Asked, workflow: PersonalWorkflow): Promise<void> {
  const { accounts } = await readCi(session.clone);
  const ci = new Set(accounts.map((login) => login.toLowerCase()));
  const problems = nameProblemsOf(asked, workflow);
  for (const [key, login] of Object.entries(asked) as [string, string][]) {
    if (login === "" || isBotName(login)) continue;
    if (ci.has(login.toLowerCase())) problems.push(notAPerson(key, `${login}, an account of CI`, workflow));
    else if (!(await isUser(session, login))) problems.push(notAPerson(key, `${login}, no user of GitHub`, workflow));
  }
  if (problems.length > 0) throw new Failure(...problems);
}

function isBotName(login: string): boolean {
  return login.endsWith("[bot]");
}

/** Some of GitHub's own programs have no [bot] in their name: what GitHub says of the account decides. */
async function isUser({ github }: Session, username: string): Promise<boolean> {
  try {
    return (await github.rest.users.getByUsername({ username })).data.type === "User";
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return false;
    throw error;
  }
}

function notAPerson(key: string, got: string, workflow: PersonalWorkflow): string {
  return `${key}: got ${got}; expected a person. ${wayOut(workflow)}`;
}

function wayOut({ file, name }: PersonalWorkflow): string {
  return `Start the workflow yourself: gh workflow run ${file}, or Actions, ${name}.`;
}
