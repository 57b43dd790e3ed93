import { codeOwnersByKey } from "@gitops-platform/environments/settings/owners";
import { type Account, preflight } from "@gitops-platform/environments/preflight";
import type { Problem } from "@gitops-platform/contract/problems";
import type { ApiSession } from "../session";
import { forbidden, ownerErrors, readAccount } from "./account";
import { isManaged, pastProblems } from "./past";
import type { RepositorySettings } from "./stack-file";

/** What GitHub says about a repository's settings before `pulumi up`. */
export interface Preflight {
  readonly problems: readonly Problem[];
  readonly account: Account;
  /** Whole sentences, about what GitHub did not show. */
  readonly notes: readonly string[];
}

/** Asks GitHub whether the account, its teams, rules and settings, and what a repository has already, are as needed. */
export async function askGitHub(session: ApiSession, settings: RepositorySettings): Promise<Preflight> {
  const { owner, name, visibility = "private" } = settings;
  const owners = codeOwnersByKey(settings);
  // The first `up` gives the teams access.
  const isNew = settings.empty === true && (await isManaged(session)) !== true;
  const questions = { owner, repository: name, owners: Object.values(owners).flat(), isNew };
  const { account, notes } = await readAccount(session.github, questions);
  const rules = await forbidden(session, settings.checksApp);
  const problems = [
    ...preflight(account, { visibility, owners }),
    ...(await ownerErrors(session)),
    ...rules.problems,
    ...(await pastProblems(session, settings)),
  ];
  return { problems, account, notes: [...notes, ...rules.notes] };
}
