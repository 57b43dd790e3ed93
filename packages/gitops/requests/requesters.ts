import { readFileSync } from "node:fs";
import { RequestError } from "@octokit/request-error";
import { Failure } from "@gitops-platform/contract/failure";
import { MAIN } from "../git/refs";
import type { Requesters } from "../identity";
import type { Session } from "../session";
import { imageOn, pathAt } from "../values/at";
import type { BumpOrder } from "../versions/bump-queue";
import { type JobIdentity, readCi, verifyIdentity } from "./ci";

const BUMP = { file: "bump.yaml", name: "Bump" };

/** The only branch from which a service is bumped. */
const BUILT_FROM = "refs/heads/main";

/**
 * Throws unless the account that started the workflow may bump this service. A job of the service's own repository must
 * present GitHub's identity token, issued for exactly this bump. Without a token, a person must have started the
 * workflow. Outside workflows nothing is required, because a command with a person's token is that person's change.
 * @throws {Failure} with every problem and its solution.
 */
export async function requireBumper(session: Session, order: BumpOrder, identity: string): Promise<void> {
  if (session.bot === undefined) return;
  if (identity === "") {
    await requirePeople(session, BUMP).catch((error: unknown) => {
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

/** The audience for which CI requests the token: this bump. The names of repositories are case-insensitive. */
function audienceOf({ target }: Pick<Session, "target">, { service, version }: BumpOrder): string {
  const repository = `${target.owner}/${target.name}`.toLowerCase();
  return `gitops-bump:${repository}:${service}:${version.tag}:${version.digest ?? ""}`;
}

/**
 * Reads the identity token from the file of the workflow's event, because a step's `env` would be printed in its log.
 * @param file `GITHUB_EVENT_PATH`.
 * @returns "" if there is none.
 */
export function readIdentityToken(file: string | undefined): string {
  if (file === undefined || file === "") return "";
  const { inputs } = JSON.parse(readFileSync(file, "utf8")) as { inputs?: { identity?: unknown } | null };
  return typeof inputs?.identity === "string" ? inputs.identity : "";
}

/** Only a job of `main` counts, because anyone can run a workflow on a commit of their own. */
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
  const image = (await imageOn(clone, MAIN, order)).repository;
  const { repositories } = await readCi(clone);
  const mapped = Object.hasOwn(repositories, service) ? repositories[service] : undefined;
  const own = mapped ?? repositoryOf(image);
  if (own?.toLowerCase() === repository.toLowerCase()) return [];
  const map = `name it in the setting repository.serviceRepositories.${service}`;
  if (own === undefined) {
    const rule = "expected the repository that builds it, which its name does not tell";
    return [
      `${await pathAt(clone, MAIN, order)}: image.repository: got ${image ?? "nothing"}; ${rule}. ` +
        `The platform team can ${map}.`,
    ];
  }
  const fix = `Bump it from there, or ${map}.`;
  return [`identity: got a job of ${repository}; expected one of ${own}, which builds ${service}. ${fix}`];
}

/** The repository after which an image in GitHub's registry is named; undefined for other images. */
function repositoryOf(image: string | undefined): string | undefined {
  return /^ghcr\.io\/([^/:@]+\/[^/:@]+)$/i.exec(image ?? "")?.[1];
}

/** A workflow that only people may start. */
export interface PersonalWorkflow {
  /** Its file. */
  readonly file: string;
  /** What Actions calls it. */
  readonly name: string;
}

/** The problems of the requesters' names: a name is missing, or it is a bot's. */
export function nameProblemsOf(requesters: Requesters, workflow: PersonalWorkflow): string[] {
  return Object.entries(requesters).flatMap(([key, login]: [string, string]) => {
    if (login === "") return [`${key}: got nothing; expected who started the workflow. ${remedy(workflow)}`];
    return isBotName(login) ? [notAPerson(key, login, workflow)] : [];
  });
}

/**
 * Throws unless every requester is a person. In a re-run, both who started it and who first started the run count. Bots
 * and CI accounts are refused, because four eyes could not tell whose contribution it is.
 * @throws {Failure} with every problem.
 */
export async function requirePeople(session: Session, workflow: PersonalWorkflow): Promise<void> {
  const { requesters } = session;
  const { accounts } = await readCi(session.clone);
  const ci = new Set(accounts.map((login) => login.toLowerCase()));
  const problems = nameProblemsOf(requesters, workflow);
  for (const [key, login] of Object.entries(requesters) as [string, string][]) {
    if (login === "" || isBotName(login)) continue;
    if (ci.has(login.toLowerCase())) problems.push(notAPerson(key, `${login}, an account of CI`, workflow));
    else if (!(await isUser(session, login))) problems.push(notAPerson(key, `${login}, no user of GitHub`, workflow));
  }
  if (problems.length > 0) throw new Failure(...problems);
}

function isBotName(login: string): boolean {
  return login.endsWith("[bot]");
}

/** Some of GitHub's own bots have no `[bot]` in their login, so GitHub is asked for the account's type. */
async function isUser({ github }: Session, username: string): Promise<boolean> {
  try {
    return (await github.rest.users.getByUsername({ username })).data.type === "User";
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return false;
    throw error;
  }
}

function notAPerson(key: string, got: string, workflow: PersonalWorkflow): string {
  return `${key}: got ${got}; expected a person. ${remedy(workflow)}`;
}

function remedy({ file, name }: PersonalWorkflow): string {
  return `Start the workflow yourself: gh workflow run ${file}, or Actions, ${name}.`;
}
