import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actor } from "../../domain/access/roles";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import { resolveCommit } from "../../git/refs";
import { checkRunShape } from "../../shapes/checks";
import { now } from "../../store/database";
import { type CheckRunRecord, CONCLUSIONS, type RepositoryRecord } from "../../store/records";
import { type Context, readTarget, withContext, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const outputSchema = z.object({
  title: z.string().nullish(),
  summary: z.string().nullish(),
  text: z.string().nullish(),
});
const editSchema = z.object({
  name: z.string().min(1).optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z.enum(CONCLUSIONS).exclude(["stale"]).optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  started_at: z.iso.datetime({ offset: true }).optional(),
  completed_at: z.iso.datetime({ offset: true }).optional(),
  output: outputSchema.optional(),
});
const createSchema = editSchema.extend({ name: z.string().min(1), head_sha: z.string() });

interface RunParams {
  Params: { owner: string; repo: string; id: string };
}
interface CommitParams {
  Params: { owner: string; repo: string; ref: string };
  Querystring: Record<string, string | undefined>;
}

/** Check runs. Only Apps can create them, and each App can change only its own. */
export function checkRunRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/check-runs";
  app.post(base, handle(createRun));
  app.get<RunParams>(`${base}/:id`, handle(getRun));
  app.patch<RunParams>(`${base}/:id`, handle(editRun));
  app.get<CommitParams>("/repos/:owner/:repo/commits/:ref/check-runs", handle(listRuns));
}

async function createRun(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { database } = context;
  const { record, git, actor } = writeTarget(context, request);
  if (!actor.app) throw new HttpError(403, "You must authenticate via a GitHub App.");
  const { head_sha: head, ...sent } = parseBody(createSchema, request.body);
  const sha = await resolveCommit(git, head);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${head}`);
  const run: CheckRunRecord = {
    id: database.nextId(),
    sha,
    name: sent.name,
    status: "queued",
    conclusion: null,
    app: actor.app,
    startedAt: now(),
    completedAt: null,
    detailsUrl: null,
    externalId: "",
    output: { title: null, summary: null, text: null },
  };
  change(run, sent);
  record.checkRuns.push(run);
  await database.save();
  emit(context, actor, record, run, "created");
  if (run.status === "completed") emit(context, actor, record, run, "completed");
  return reply.code(201).send(checkRunShape(context, record, run));
}

function getRun(context: Context, request: FastifyRequest<RunParams>) {
  const { record } = readTarget(context, request);
  return checkRunShape(context, record, find(record, request.params.id));
}

async function editRun(context: Context, request: FastifyRequest<RunParams>) {
  const { record, actor } = writeTarget(context, request);
  const run = find(record, request.params.id);
  if (actor.app?.id !== run.app.id) {
    const id = actor.app?.id ?? 0;
    throw new HttpError(
      403,
      `Invalid app_id \`${id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  change(run, parseBody(editSchema, request.body));
  await context.database.save();
  if (run.status === "completed") emit(context, actor, record, run, "completed");
  return checkRunShape(context, record, run);
}

async function listRuns(context: Context, request: FastifyRequest<CommitParams>, reply: FastifyReply) {
  const { record, git } = readTarget(context, request);
  const sha = await resolveCommit(git, request.params.ref);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${request.params.ref}`);
  const { check_name: name, status, app_id: appId, filter = "latest" } = request.query;
  const all = record.checkRuns.filter((run) => run.sha === sha);
  const latest = [...new Map(all.map((run) => [`${run.app.id} ${run.name}`, run])).values()];
  const runs = (filter === "all" ? all : latest).filter(
    (run) =>
      (name === undefined || run.name === name) &&
      (status === undefined || run.status === status) &&
      (appId === undefined || String(run.app.id) === appId),
  );
  const check_runs = paginate(context.urls, request, reply, runs).map((run) => checkRunShape(context, record, run));
  return { total_count: runs.length, check_runs };
}

function emit(context: Context, actor: Actor, record: RepositoryRecord, run: CheckRunRecord, action: string): void {
  const payload = {
    action,
    check_run: checkRunShape(context, record, run),
    ...commonPayload(context, record, actor),
  };
  context.webhooks.emit(record, { name: "check_run", payload });
}

function change(run: CheckRunRecord, sent: z.infer<typeof editSchema>): void {
  run.name = sent.name ?? run.name;
  // A conclusion alone completes a run.
  run.status = sent.conclusion ? "completed" : (sent.status ?? run.status);
  if (run.status === "completed" && !(sent.conclusion ?? run.conclusion)) {
    throw unprocessable('Invalid request.\n\n"conclusion" wasn\'t supplied.');
  }
  run.conclusion = run.status === "completed" ? (sent.conclusion ?? run.conclusion) : null;
  run.startedAt = sent.started_at ?? run.startedAt;
  run.completedAt = run.status === "completed" ? (sent.completed_at ?? run.completedAt ?? now()) : null;
  run.detailsUrl = sent.details_url ?? run.detailsUrl;
  run.externalId = sent.external_id ?? run.externalId;
  const { title, summary, text } = { ...run.output, ...sent.output };
  run.output = { title: title ?? null, summary: summary ?? null, text: text ?? null };
}

function find(record: RepositoryRecord, id: string): CheckRunRecord {
  const run = record.checkRuns.find((entry) => String(entry.id) === id);
  if (!run) throw notFound();
  return run;
}
