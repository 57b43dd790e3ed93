import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actor } from "../../domain/access/roles";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { signature } from "../../domain/repository-content";
import type { Git } from "../../git/git";
import { mergeCommit, rebase, squash } from "../../git/merge";
import { ZERO } from "../../git/ref-names";
import { isAncestor, readRef } from "../../git/refs";
import { now } from "../../store/database";
import type { PullRequestRecord, RepositoryRecord, RepositorySettings } from "../../store/records";
import { type Context, withContext, writeTarget } from "../context";
import { parseBody } from "../request-body";
import { type PullParams, pullTarget } from "./pulls";

const METHODS = {
  merge: { setting: "allow_merge_commit", refusal: "Merge commits are not allowed on this repository." },
  squash: { setting: "allow_squash_merge", refusal: "Squash merges are not allowed on this repository." },
  rebase: { setting: "allow_rebase_merge", refusal: "Rebase merges are not allowed on this repository." },
} as const satisfies Record<string, { setting: keyof RepositorySettings; refusal: string }>;

const mergeSchema = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).default("merge"),
});
type MergeInput = z.infer<typeof mergeSchema>;

/** Merging a pull request, with a merge commit, squashed or rebased, and merging its base into its branch. */
export function mergeRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/pulls/:number";
  app.get<PullParams>(`${base}/merge`, handle(checkMerged));
  app.put<PullParams>(`${base}/merge`, handle(mergePullRequest));
  app.put<PullParams>(`${base}/update-branch`, handle(updateBranch));
}

function checkMerged(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  if (!pullTarget(context, request).pull.merged) throw notFound();
  return reply.code(204).send();
}

/** The pull requests that are being merged. */
const merging = new WeakSet<PullRequestRecord>();

async function mergePullRequest(context: Context, request: FastifyRequest<PullParams>) {
  const { record } = writeTarget(context, request);
  const { pull } = pullTarget(context, request);
  const input = parseBody(mergeSchema, request.body);
  const { setting, refusal } = METHODS[input.merge_method];
  if (!record.settings[setting]) throw new HttpError(405, refusal);
  await context.pullRequests.settled(record);
  // Two concurrent merges would both find the pull request open.
  if (merging.has(pull)) throw new HttpError(405, "Merge already in progress");
  merging.add(pull);
  try {
    return await merge(context, request, pull, input);
  } finally {
    merging.delete(pull);
  }
}

async function merge(
  context: Context,
  request: FastifyRequest<PullParams>,
  pull: PullRequestRecord,
  input: MergeInput,
) {
  const { database, updates, pullRequests } = context;
  const { git, record, actor } = writeTarget(context, request);
  if (pull.draft) throw notMergeable("Pull Request is still a draft");
  if (pull.state !== "open") throw notMergeable();
  const head = pull.head.sha;
  const tip = (await readRef(git, `refs/heads/${pull.head.ref}`))?.sha;
  if (tip !== head || (input.sha !== undefined && input.sha !== head)) {
    throw new HttpError(409, "Head branch was modified. Review and try the merge again.");
  }
  const ref = `refs/heads/${pull.base.ref}`;
  const base = (await readRef(git, ref))?.sha;
  if (base === undefined) throw notMergeable();
  const merged = await write(git, record, { ...pull, head: { ...pull.head, sha: head } }, base, actor, input);
  if (merged === undefined) throw notMergeable("Pull Request has merge conflicts");
  // A rebase creates commits of other authors, and GitHub does not sign those.
  if (input.merge_method !== "rebase") record.signed.push(merged);
  const snapshot = { pull, base, head, method: input.merge_method };
  const change = { ref, before: base, after: merged };
  await updates.apply(actor, record, change, { refusedAs: 405, merging: snapshot }).catch((error: unknown) => {
    if (!(error instanceof HttpError) || error.status !== 409) throw error;
    throw new HttpError(405, "Base branch was modified. Review and try the merge again.");
  });
  const time = now();
  Object.assign(pull, { state: "closed", closedAt: time, updatedAt: time });
  pull.events.push({ id: database.nextId(), event: "closed", actor: actor.account.login, createdAt: time });
  pull.base.sha = base;
  pull.merged = { at: time, by: actor.account.login, sha: merged };
  await database.save();
  pullRequests.changed(actor, record, pull, "closed");
  if (record.settings.delete_branch_on_merge && pull.head.ref !== record.settings.default_branch) {
    const branch = { ref: `refs/heads/${pull.head.ref}`, before: head, after: ZERO };
    // If somebody has pushed to the branch in the meantime, it stays. The merge succeeded anyway.
    await updates.apply(actor, record, branch).catch(() => undefined);
  }
  return { sha: merged, merged: true, message: "Pull Request successfully merged" };
}

async function write(
  git: Git,
  record: RepositoryRecord,
  pull: PullRequestRecord,
  base: string,
  actor: Actor,
  input: MergeInput,
): Promise<string | undefined> {
  const person = signature(actor, undefined);
  const text = (title: string, body: string) => {
    const message = [input.commit_title ?? title, input.commit_message ?? body]
      .filter((part) => part !== "")
      .join("\n\n");
    return { message, author: person, committer: person };
  };
  const head = pull.head.sha;
  if (input.merge_method === "rebase") return rebase(git, base, head, person);
  if (input.merge_method === "squash")
    return squash(git, base, head, text(`${pull.title} (#${pull.number})`, pull.body ?? ""));
  const title = `Merge pull request #${pull.number} from ${record.owner}/${pull.head.ref}`;
  return mergeCommit(git, base, head, text(title, pull.title));
}

function notMergeable(message = "Pull Request is not mergeable"): HttpError {
  return new HttpError(405, message);
}

/** Merges the base into a pull request's branch. Unlike on GitHub, it is complete when the response arrives. */
async function updateBranch(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { git, record, actor } = writeTarget(context, request);
  const { pull } = pullTarget(context, request);
  const { expected_head_sha: expected } = parseBody(
    z.object({ expected_head_sha: z.string().optional() }),
    request.body,
  );
  const ref = `refs/heads/${pull.head.ref}`;
  const base = (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha;
  const head = (await readRef(git, ref))?.sha;
  if (pull.state !== "open" || base === undefined || head === undefined) {
    throw unprocessable("Pull request is not open");
  }
  if (expected !== undefined && expected !== head) {
    throw unprocessable("expected head sha didn’t match current head ref.");
  }
  if (await isAncestor(git, base, head)) throw unprocessable("There are no new commits on the base branch.");
  const person = signature(actor, undefined);
  const message = `Merge branch '${pull.base.ref}' into ${pull.head.ref}`;
  const merged = await mergeCommit(git, head, base, { message, author: person, committer: person });
  if (merged === undefined) throw unprocessable("merge conflict between base and head");
  record.signed.push(merged);
  await context.updates.apply(actor, record, { ref, before: head, after: merged });
  await context.pullRequests.settled(record);
  const url = context.urls.repo(record, `/pulls/${pull.number}`);
  return reply.code(202).send({ message: "Updating pull request branch.", url });
}
