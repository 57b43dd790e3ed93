import { formatProblem, type Problem } from "@gitops-platform/contract/problems";
import { Failure } from "@gitops-platform/contract/failure";
import { isMap } from "@gitops-platform/contract/values/plain";
import { preflight } from "@gitops-platform/environments/preflight";
import { answerOf } from "../github/client";
import { readAccount } from "../platform/account";
import { isManaged, rootFiles } from "../platform/past";
import type { ApiSession } from "../session";
import type { StackFile } from "./stacks";

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
