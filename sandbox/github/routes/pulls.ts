import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { atLeast, denied } from "../auth";
import { type Context, readTarget, signedIn, type Target } from "../context";
import { now } from "../database";
import type { HttpError } from "../errors";
import { type FieldError, notFound, parseBody, validationFailed } from "../errors";
import { readCommits } from "../git/commits";
import { changedFiles, lineCounts } from "../git/diff";
import { readRef } from "../git/refs";
import { paginate } from "../pagination";
import { figuresOf } from "../pull-requests";
import type { PullRequestRecord, RepositoryRecord } from "../records";
import { commitShape, diffEntries } from "../shapes/commits";
import { pullFull, pullSimple } from "../shapes/pulls";

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
});

/** The path parameters of everything about one pull request. */
export interface PullParams {
  Params: { owner: string; repo: string; number: string };
  Querystring: Record<string, string | undefined>;
}

/** Pull requests between branches of one repository: create, list, get, edit, their commits and files. */
export function pullRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls, pullRequests } = context;
  const base = "/repos/:owner/:repo/pulls";

  app.get<PullParams>(base, (request, reply) => {
    const { record } = readTarget(context, request);
    const { state = "open", head, base: onto, direction = "desc" } = request.query;
    const wanted = record.pullRequests.filter(
      (pull) =>
        (state === "all" || pull.state === state) &&
        (head === undefined || branchOf(record, head) === pull.head.ref) &&
        (onto === undefined || onto === pull.base.ref),
    );
    if (direction === "desc") wanted.reverse();
    return paginate(urls, request, reply, wanted).map((pull) => pullSimple(context, record, pull));
  });

  app.post<PullParams>(base, async (request, reply) => {
    const target = readTarget(context, request);
    const actor = signedIn(request);
    const { git, record } = target;
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
    const twin = record.pullRequests.some(
      (pull) => pull.state === "open" && pull.head.ref === headName && pull.base.ref === sent.base,
    );
    if (twin) {
      throw pullError({ code: "custom", message: `A pull request already exists for ${record.owner}:${headName}.` });
    }
    const time = now();
    const pull: PullRequestRecord = {
      id: database.nextId(),
      number: Math.max(0, ...record.pullRequests.map(({ number }) => number)) + 1,
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
    };
    record.pullRequests.push(pull);
    await database.save();
    pullRequests.changed(actor, record, pull, "opened");
    return reply.code(201).send(pullFull(context, record, pull, await figuresOf(git, pull)));
  });

  app.get<PullParams>(`${base}/:number`, async (request) => {
    const { git, record, pull } = pullTarget(context, request);
    return pullFull(context, record, pull, await figuresOf(git, pull));
  });

  app.patch<PullParams>(`${base}/:number`, async (request) => {
    const { git, record, pull, actor, permission } = pullTarget(context, request);
    const editor = signedIn(request);
    if (pull.author !== actor?.account.login && !atLeast(permission, "write")) throw denied(actor, permission, "write");
    const { state, ...sent } = parseBody(editSchema, request.body);
    if (pull.merged && state === "open") throw pullError({ field: "state", code: "invalid" });
    Object.assign(pull, sent, { updatedAt: now() });
    if (state !== undefined && state !== pull.state) {
      Object.assign(pull, { state, closedAt: state === "closed" ? now() : null });
      pullRequests.changed(editor, record, pull, state === "closed" ? "closed" : "reopened");
    }
    await database.save();
    return pullFull(context, record, pull, await figuresOf(git, pull));
  });

  app.get<PullParams>(`${base}/:number/commits`, async (request, reply) => {
    const { git, record, pull } = pullTarget(context, request);
    const commits = await readCommits(git, ["--reverse", pull.head.sha, "--not", pull.base.sha]);
    return paginate(urls, request, reply, commits).map((commit) => commitShape(context, record, commit));
  });

  app.get<PullParams>(`${base}/:number/files`, async (request, reply) => {
    const { git, record, pull } = pullTarget(context, request);
    const mergeBase = (await git.query(["merge-base", pull.base.sha, pull.head.sha])) ?? pull.base.sha;
    const [files, lines] = await Promise.all([
      changedFiles(git, mergeBase, pull.head.sha),
      lineCounts(git, mergeBase, pull.head.sha),
    ]);
    return paginate(urls, request, reply, diffEntries(context, record, pull.head.sha, files, lines));
  });
}

/** The pull request that a request is about. Throws 404. */
export function pullTarget(
  context: Context,
  request: FastifyRequest<PullParams>,
): Target & { pull: PullRequestRecord } {
  const target = readTarget(context, request);
  const pull = target.record.pullRequests.find(({ number }) => String(number) === request.params.number);
  if (!pull) throw notFound();
  return { ...target, pull };
}

/** `owner:branch` and `branch` mean the same, as there are no forks. */
function branchOf(record: RepositoryRecord, head: string): string {
  const prefix = `${record.owner}:`;
  return head.toLowerCase().startsWith(prefix.toLowerCase()) ? head.slice(prefix.length) : head;
}

function pullError(error: Omit<FieldError, "resource">): HttpError {
  return validationFailed([{ resource: "PullRequest", ...error }]);
}
