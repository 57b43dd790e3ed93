import { readFileSync } from "node:fs";
import { RequestError } from "@octokit/request-error";
import { Failure } from "../errors";
import { MAIN } from "../git/refs";
import { type Asked, isWorkflow } from "../identity";
import type { Session } from "../session";
import { valuesPath } from "../../contract/paths";
import { readImage } from "../values/image";
import type { BumpOrder } from "../versions/bump-order";
import { valuesOn } from "../versions/deliver";
import { type JobIdentity, readCi, verifyIdentity } from "./ci";

const BUMP = { file: "bump.yaml", name: "Bump" };

/** The branch whose commits become versions. */
const BUILT_FROM = "refs/heads/main";

/**
 * Throws unless the account that started the workflow may bump this service. A job of the service's own repository
 * shows GitHub's identity token, which was made for this bump and no other. Without one a person must have started it.
 * Outside a workflow nothing is asked: a command by somebody's own token is their own change.
 * @throws {Failure} with every problem, and the way out.
 */
export async function requireBumper(session: Session, order: BumpOrder, asked: Asked, identity: string): Promise<void> {
  if (!isWorkflow()) return;
  if (identity === "") {
    await requirePeople(session, asked, BUMP).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(error.message, `identity: got nothing; ${NEEDS_ONE}`);
    });
    return;
  }
  const job = await verifyIdentity(identity, session.target.server, audienceOf(session, order));
  const problems = [...jobProblems(job), ...(await repositoryProblems(session, order, job))];
  if (problems.length > 0) throw new Failure(...problems);
}

const NEEDS_ONE =
  "expected GitHub's identity token where CI asks. The workflow of app-repo/ in the platform's repository sends one.";

/** What a service's CI asks GitHub for a token for: this bump. A repository's name is the same in any case. */
function audienceOf({ target }: Pick<Session, "target">, { service, version }: BumpOrder): string {
  const repository = `${target.owner}/${target.name}`.toLowerCase();
  return `gitops-bump:${repository}:${service}:${version.tag}:${version.digest ?? ""}`;
}

/**
 * The token that came with a run, from the file of its event: what is in a step's `env` is printed in its log.
 * @returns "" where none came.
 */
export function identityIn(env: NodeJS.ProcessEnv = process.env): string {
  const file = env.GITHUB_EVENT_PATH;
  if (file === undefined || file === "") return "";
  const { inputs } = JSON.parse(readFileSync(file, "utf8")) as { inputs?: { identity?: unknown } | null };
  return typeof inputs?.identity === "string" ? inputs.identity : "";
}

/** What anybody can start for their own commit is no word of the repository's `main`. */
function jobProblems({ ref, event }: JobIdentity): string[] {
  const problems = [];
  if (ref !== BUILT_FROM) {
    problems.push(`identity: got a run on ${ref}; expected one on ${BUILT_FROM}. Merge it, and bump from there.`);
  }
  if (event.startsWith("pull_request")) {
    problems.push(`identity: got a run on ${event}; expected one on push. Start the bump when main has it.`);
  }
  return problems;
}

async function repositoryProblems(session: Session, order: BumpOrder, { repository }: JobIdentity): Promise<string[]> {
  const { clone } = session;
  const { service } = order;
  const path = valuesPath(order);
  const image = readImage(await valuesOn(clone, MAIN, order), path).repository;
  const { repositories } = await readCi(clone);
  const mapped = Object.hasOwn(repositories, service) ? repositories[service] : undefined;
  const own = mapped ?? repositoryOf(image);
  if (own?.toLowerCase() === repository.toLowerCase()) return [];
  const map = `name it in the setting repository.serviceRepositories.${service}`;
  if (own === undefined) {
    const rule = "expected the repository that builds it, which its name does not tell";
    return [`${path}: image.repository: got ${image ?? "nothing"}; ${rule}. The platform team can ${map}.`];
  }
  const fix = `Bump it from there, or ${map}.`;
  return [`identity: got a job of ${repository}; expected one of ${own}, which builds ${service}. ${fix}`];
}

/** The repository that an image of GitHub's registry is called after; undefined for every other image. */
function repositoryOf(image: string | undefined): string | undefined {
  return /^ghcr\.io\/([^/:@]+\/[^/:@]+)$/i.exec(image ?? "")?.[1];
}

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
