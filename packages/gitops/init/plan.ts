import { type AppPermissions, PLATFORM_APPS } from "@gitops-platform/contract/apps";
import { APP_NAMES, appsToCreate, titleOf } from "./apps";
import { type InitSession, STATE_FILE } from "./state";
import { missingSecrets } from "./secrets";
import { formatProblem, type Problem } from "@gitops-platform/contract/problems";
import { Failure } from "@gitops-platform/contract/failure";
import { isMap } from "@gitops-platform/contract/values/plain";
import { preflight } from "@gitops-platform/environments/preflight";
import { answerOf } from "../github/client";
import { readAccount } from "../platform/account";
import { isManaged, rootFiles } from "../platform/preflight";
import type { ApiSession } from "../session";
import type { StackFile } from "./stacks";

/** The length of a line, in characters. */
const WIDTH = 80;

/** What a run will do, as lines for people. Empty: nothing. */
export function plannedSteps({ stacks, state, target }: InitSession, found: Found, prefix: string): string[] {
  const chosen = stacks.owner.get("repository.visibility");
  const visibility = typeof chosen === "string" ? chosen : "private";
  const creating = appsToCreate(stacks, state);
  const installing = APP_NAMES.filter((app) => state.apps[app] && state.apps[app].installationId === undefined);
  const isNew =
    missingSecrets(stacks).length > 0 ||
    !stacks.owner.has("githubToken") ||
    stacks.all.some((stack) => stack.isChanged());
  const [first = "", ...others] = stacks.all.map(({ name }) => name);
  return [
    ...(found === "nothing" ? step(`create the ${visibility} repository ${target.owner}/${target.name}`) : []),
    ...(creating.length > 0
      ? [
          ...step(
            `create these GitHub Apps of ${target.owner}, one page of GitHub each, ` +
              "and install them on that repository only:",
          ),
          ...creating.flatMap((app) => [
            `    ${titleOf(app, prefix)}`,
            ...wrapped(permissionsText(PLATFORM_APPS[app].permissions), "      "),
          ]),
        ]
      : []),
    ...(installing.length > 0 ? step(`wait until these Apps are installed: ${installing.join(", ")}`) : []),
    ...(creating.length + installing.length + (isNew ? 1 : 0) > 0
      ? [
          ...step(`write ${first}, ${others.join(", ")}, and create these stacks in Pulumi if they are missing`),
          ...step(
            "encrypt into them, by pulumi config set --secret: " +
              "webhook secrets, deploy keys, the Apps' keys, and your GITHUB_TOKEN as githubToken",
          ),
          ...step(`keep in ${STATE_FILE}, for you alone, what is not stored there yet`),
        ]
      : []),
  ];
}

/** The permissions of an App in one line: `write: contents; read: checks`. */
function permissionsText(permissions: AppPermissions): string {
  const of = (wanted: string) =>
    Object.entries(permissions)
      .filter(([, level]) => level === wanted)
      .map(([scope]) => scope.replace("_", " "));
  return ["write", "read"]
    .map((level) => [level, of(level)] as const)
    .filter(([, scopes]) => scopes.length > 0)
    .map(([level, scopes]) => `${level}: ${scopes.join(", ")}`)
    .join("; ");
}

/** The commands that follow. The stack that owns the repository is first, because the others read what it writes. */
export function nextSteps({ stacks, target }: InitSession): string {
  const others = stacks.all.filter((stack) => stack !== stacks.owner).map(({ environment }) => environment);
  const command = (stack: string, what: string) => `  ${`pulumi up -s ${stack}`.padEnd(24)}# ${what}`;
  return [
    "",
    "Next:",
    command(stacks.owner.environment, `Argo CD; fills ${target.name}, and protects it`),
    ...others.map((name) => command(name, "Argo CD")),
    "",
    "Then, so that later versions of the platform write no files:",
    `  pulumi config set --path repository.filled true -s ${stacks.owner.environment}`,
    "",
    "Commit the Pulumi.*.yaml files: their secrets are encrypted.",
    "To be told about releases that wait for approval:",
    `  pulumi config set --secret releaseAlertsUrl -s ${stacks.owner.environment}`,
  ].join("\n");
}

function step(text: string): string[] {
  const [first = "", ...rest] = wrapped(text, "    ");
  return [`  - ${first.trimStart()}`, ...rest];
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(indent + word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** What of the repository is on GitHub: nothing, a repository to fill, or one with content. */
export type Found = "nothing" | "empty" | "filled";

/**
 * Checks that the person may set the platform up: an owner of an organisation whose plan and teams are as needed.
 * @returns the person's login.
 * @throws {Failure} with every problem.
 */
export async function checkAccount(session: ApiSession, owner: StackFile): Promise<string> {
  const { github, target } = session;
  const { login } = (await github.rest.users.getAuthenticated()).data;
  const organization = await answerOf(github.rest.orgs.get({ org: target.owner }));
  if (!organization) {
    throw new Failure(
      `repository: got the owner ${target.owner}; expected an organisation that exists. Create it on GitHub. ` +
        "A personal account is set up by hand: docs/credentials.md.",
    );
  }
  const membership = await answerOf(github.rest.orgs.getMembershipForAuthenticatedUser({ org: target.owner }));
  const isOwner = membership?.role === "admin" && membership.state === "active";
  const problems = [...(isOwner ? [] : [notOwner(login, target.owner)]), ...(await accountProblems(session, owner))];
  if (problems.length > 0) throw new Failure(...problems.map(formatProblem));
  return login;
}

/** @throws {Failure} if the repository has content that the platform would not keep. */
export async function findRepository(session: ApiSession, owner: StackFile): Promise<Found> {
  const files = await rootFiles(session);
  if (files === undefined) {
    const exists = await answerOf(session.github.rest.repos.get(session.repository));
    if (!exists) return "nothing";
  }
  if (owner.get("repository.adopt") === true || (await isManaged(session)) === true) return "filled";
  const others = (files ?? []).filter((name) => name !== "README.md");
  if (others.length === 0 && files !== undefined) return "empty";
  const { owner: login, name } = session.target;
  throw new Failure(
    `repository: got ${login}/${name}, which exists with ${others.slice(0, 5).join(", ") || "no commit"}; expected ` +
      `none, or one with a README only. Choose another name, or set repository.adopt to true in ${owner.name}.`,
  );
}

function notOwner(login: string, organization: string): Problem {
  return {
    key: "GITHUB_TOKEN",
    got: `a token of ${login}`,
    expected: `one of an owner of ${organization}, with the scopes repo, workflow and read:org`,
    fix: "Let an owner run this, or ask one to make you an owner: only owners create Apps of an organisation.",
  };
}

async function accountProblems({ github, target, log }: ApiSession, owner: StackFile): Promise<Problem[]> {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const approvers = owner.get("repository.approvers");
  const owners = {
    "repository.platformTeam": list(owner.get("repository.platformTeam")),
    ...Object.fromEntries(
      Object.entries(isMap(approvers) ? approvers : {}).map(([name, value]) => [
        `repository.approvers.${name}`,
        list(value),
      ]),
    ),
  };
  const visibility = owner.get("repository.visibility");
  const questions = { owner: target.owner, repository: target.name, owners: Object.values(owners).flat(), isNew: true };
  const { account } = await readAccount(github, questions);
  if (account.plan === undefined) log(`GitHub does not tell this token the plan of ${target.owner}.`);
  return preflight(account, {
    visibility: visibility === "public" || visibility === "internal" ? visibility : "private",
    owners,
  });
}
