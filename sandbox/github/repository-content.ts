import { type Actor } from "./auth";
import { now } from "./database";
import type { Signature } from "./git/commits";
import type { Git } from "./git/git";
import type { RefChange } from "./git/push-hooks";
import { ZERO } from "./git/ref-names";
import { moveRef } from "./git/refs";
import { writeCommit, writeTree } from "./git/write-commit";
import type { RepositoryRecord } from "./records";

/** What a request may say about an author or committer. */
export interface PersonInput {
  name?: string | undefined;
  email?: string | undefined;
  date?: string | undefined;
}

/** The author or committer of a commit made through the API: who is named, else who makes the request. */
export function signature(actor: Actor, input: PersonInput | undefined): Signature {
  const { login, name, email } = actor.account;
  return {
    name: input?.name ?? name ?? login,
    email: input?.email ?? email ?? `${login}@users.noreply.localhost`,
    date: input?.date ?? now(),
  };
}

/**
 * The first commit of a repository made with `auto_init`: a README with its name. The repository is not in the database
 * yet, so no rule and no hook can be about it. Returns how the branch came to be.
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
