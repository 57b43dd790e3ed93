import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ACTIONS_APP_ID } from "../../domain/access/actions-app";
import { type Actor, denied } from "../../domain/access/roles";
import { type FieldError, HttpError, notFound, validationFailed } from "../../domain/errors";
import { listPulls, pullListSchema } from "../../domain/pull-search";
import { requestOwners } from "../../domain/reviews";
import { readCommits } from "../../git/commits";
import { changedFiles, lineCounts } from "../../git/diff";
import { readRef } from "../../git/refs";
import { commitShape, diffEntries } from "../../shapes/commits";
import { pullSimple } from "../../shapes/pulls";
import { now } from "../../store/database";
import { atLeast } from "../../store/permissions";
import type { PullRequestRecord, RepositoryRecord } from "../../store/records";
import { type Context, readTarget, signedIn, type Target, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const createSchema = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullable().optional(),
  draft: z.boolean().default(false),
});
const editSchema = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
  base: z.string().optional(),
});

/** The path parameters of requests for one pull request. */
export interface PullParams {
  Params: { owner: string; repo: string; number: string };
  Querystring: Record<string, string | undefined>;
}

/** Pull requests between branches of one repository: create, list, get, edit, their commits and files. */
export function pullRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/pulls";
  app.get<PullParams>(base, handle(listPullRequests));
  app.post<PullParams>(base, handle(createPullRequest));
  app.get<PullParams>(`${base}/:number`, handle(getPullRequest));
  app.patch<PullParams>(`${base}/:number`, handle(editPullRequest));
  app.get<PullParams>(`${base}/:number/commits`, handle(listCommits));
  app.get<PullParams>(`${base}/:number/files`, handle(listFiles));
}

function listPullRequests(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { record } = readTarget(context, request);
  const wanted = listPulls(record, parseBody(pullListSchema, request.query));
  return paginate(context.urls, request, reply, wanted).map((pull) => pullSimple(context, record, pull));
}

async function createPullRequest(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { database, pullRequests } = context;
  const { git, record } = readTarget(context, request);
  const actor = signedIn(request);
  if (actor.app?.id === ACTIONS_APP_ID && !record.actions.canApprove) {
    throw new HttpError(403, "GitHub Actions is not permitted to create or approve pull requests.");
  }
  const sent = parseBody(createSchema, request.body);
  const headName = branchOf(record, sent.head);
  const [head, onto] = await Promise.all([
    readRef(git, `refs/heads/${headName}`),
    readRef(git, `refs/heads/${sent.base}`),
  ]);
  if (!head) throw pullError({ field: "head", code: "invalid" });
  if (!onto) throw pullError({ field: "base", code: "invalid" });
  const count = await git.run(["rev-list", "--count", head.sha, "--not", onto.sha]);
  if (count === "0") {
    throw pullError({ code: "custom", message: `No commits between ${sent.base} and ${headName}` });
  }
  const time = now();
  const pull: PullRequestRecord = {
    id: database.nextId(),
    // Set below.
    number: 0,
    title: sent.title,
    body: sent.body ?? null,
    draft: sent.draft,
    state: "open",
    author: actor.account.login,
    head: { ref: headName, sha: head.sha },
    base: { ref: sent.base, sha: onto.sha },
    createdAt: time,
    updatedAt: time,
    closedAt: null,
    merged: null,
    lastPush: { by: record.pushers[head.name] ?? actor.account.login, sha: head.sha },
    requested: { users: [], teams: [] },
    labels: [],
    reviews: [],
    reviewComments: [],
    comments: [],
    events: [],
  };
  await requestOwners(database, record, git, pull);
  // Another one may have been opened during the calls of Git. From here until this one is in the list, do not await
  // anything.
  rejectDuplicate(record, headName, sent.base);
  pull.number = nextNumber(record);
  record.pullRequests.push(pull);
  await pullRequests.catchUp(record, pull);
  await database.save();
  pullRequests.changed(actor, record, pull, "opened");
  return reply.code(201).send(await pullRequests.shape(record, pull));
}

async function getPullRequest(context: Context, request: FastifyRequest<PullParams>) {
  const { record, pull } = pullTarget(context, request);
  await context.pullRequests.settled(record);
  return context.pullRequests.shape(record, pull);
}

async function editPullRequest(context: Context, request: FastifyRequest<PullParams>) {
  const { database, pullRequests } = context;
  const { git, record, pull, actor, permission } = pullTarget(context, request);
  const editor = signedIn(request);
  if (pull.author !== actor?.account.login && !atLeast(permission, "write")) throw denied(actor, permission, "write");
  const { state, base: onto, ...sent } = parseBody(editSchema, request.body);
  if (pull.merged && state === "open") throw pullError({ field: "state", code: "invalid" });
  if (onto !== undefined && onto !== pull.base.ref) {
    const tip = (await readRef(git, `refs/heads/${onto}`))?.sha;
    if (tip === undefined || pull.state !== "open") throw pullError({ field: "base", code: "invalid" });
    const changes = { base: { ref: { from: pull.base.ref }, sha: { from: pull.base.sha } } };
    pull.base = { ref: onto, sha: tip };
    recordEvent(context, editor, pull, "base_ref_changed");
    pullRequests.rebased(editor, record, pull, changes);
  }
  Object.assign(pull, sent, { updatedAt: now() });
  if (sent.title !== undefined || sent.body !== undefined) pullRequests.changed(editor, record, pull, "edited");
  if (state !== undefined && state !== pull.state) {
    if (state === "open") {
      const tip = (await readRef(git, `refs/heads/${pull.head.ref}`))?.sha;
      if (tip === undefined) throw pullError({ field: "state", code: "invalid" });
      pullRequests.reopened(editor, record, pull, tip);
    }
    Object.assign(pull, { state, closedAt: state === "closed" ? now() : null });
    recordEvent(context, editor, pull, state === "closed" ? "closed" : "reopened");
    pullRequests.changed(editor, record, pull, state === "closed" ? "closed" : "reopened");
  }
  await database.save();
  await pullRequests.settled(record);
  return pullRequests.shape(record, pull);
}

async function listCommits(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { git, record, pull } = pullTarget(context, request);
  const commits = await readCommits(git, ["--reverse", pull.head.sha, "--not", pull.base.sha]);
  return paginate(context.urls, request, reply, commits).map((commit) => commitShape(context, record, commit));
}

async function listFiles(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { git, record, pull } = pullTarget(context, request);
  const mergeBase = (await git.query(["merge-base", pull.base.sha, pull.head.sha])) ?? pull.base.sha;
  const [files, lines] = await Promise.all([
    changedFiles(git, mergeBase, pull.head.sha),
    lineCounts(git, mergeBase, pull.head.sha),
  ]);
  return paginate(context.urls, request, reply, diffEntries(context, record, pull.head.sha, files, lines));
}

/** The pull request of a request. Throws 404. */
export function pullTarget(
  context: Context,
  request: FastifyRequest<PullParams>,
): Target & { pull: PullRequestRecord } {
  const target = readTarget(context, request);
  const pull = target.record.pullRequests.find(({ number }) => String(number) === request.params.number);
  if (!pull) throw notFound();
  return { ...target, pull };
}

function recordEvent(
  { database }: Context,
  actor: Actor,
  pull: PullRequestRecord,
  event: PullRequestRecord["events"][number]["event"],
): void {
  pull.events.push({ id: database.nextId(), event, actor: actor.account.login, createdAt: now() });
}

function nextNumber({ pullRequests }: RepositoryRecord): number {
  return Math.max(0, ...pullRequests.map(({ number }) => number)) + 1;
}

/** Throws GitHub's error if a pull request of the same two branches is open. */
function rejectDuplicate(record: RepositoryRecord, head: string, base: string): void {
  const isDuplicate = (pull: PullRequestRecord) =>
    pull.state === "open" && pull.head.ref === head && pull.base.ref === base;
  if (!record.pullRequests.some(isDuplicate)) return;
  throw pullError({ code: "custom", message: `A pull request already exists for ${record.owner}:${head}.` });
}

/** `owner:branch` and `branch` mean the same, because there are no forks. */
function branchOf(record: RepositoryRecord, head: string): string {
  const prefix = `${record.owner}:`;
  return head.toLowerCase().startsWith(prefix.toLowerCase()) ? head.slice(prefix.length) : head;
}

function pullError(error: Omit<FieldError, "resource">): HttpError {
  return validationFailed([{ resource: "PullRequest", ...error }]);
}
