import type { Signature } from "../git/commits";
import type { Git } from "../git/git";
import type { RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { moveRef } from "../git/refs";
import { writeCommit, writeTree } from "../git/write-commit";
import { now } from "../store/database";
import type { RepositoryRecord } from "../store/records";
import type { Actor } from "./access/roles";

/** An author or committer in a request. */
export interface PersonInput {
  name?: string | undefined;
  email?: string | undefined;
  date?: string | undefined;
}

/** The committer of what GitHub signs. */
export const GITHUB: PersonInput = { name: "GitHub", email: "noreply@github.com" };

/** The author or committer of a commit made through the API: the one in the request, otherwise its actor. */
export function signature(actor: Actor, input: PersonInput | undefined): Signature {
  const { login, name, email } = actor.account;
  return {
    name: input?.name ?? name ?? login,
    email: input?.email ?? email ?? `${login}@users.noreply.localhost`,
    date: input?.date ?? now(),
  };
}

/**
 * Creates the first commit of a repository made with `auto_init`: a README with its name. The repository is not in the
 * database yet, so no rule or hook applies. Returns the change of the branch.
 */
export async function initialCommit(git: Git, record: RepositoryRecord, actor: Actor): Promise<RefChange> {
  const { description, default_branch: branch } = record.settings;
  const text = `# ${record.name}\n${description === null ? "" : `${description}\n`}`;
  const tree = await writeTree(git, undefined, [{ path: "README.md", content: Buffer.from(text) }]);
  const person = signature(actor, undefined);
  const commit = await writeCommit(git, tree, [], { message: "Initial commit", author: person, committer: person });
  const change = { ref: `refs/heads/${branch}`, before: ZERO, after: commit };
  await moveRef(git, change.ref, ZERO, commit);
  return change;
}
