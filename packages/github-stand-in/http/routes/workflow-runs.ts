import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actions } from "../../actions/actions";
import { HttpError, notFound } from "../../domain/errors";
import { jobShape, workflowRunShape } from "../../shapes/workflow-runs";
import type { RunRecord } from "../../store/history-records";
import { type Context, readTarget, type Target, writeTarget } from "../context";
import { paginate } from "../pagination";

interface RunParams {
  Params: { owner: string; repo: string; id: string };
  Querystring: Record<string, string | undefined>;
}

/** The runs of a repository's workflows, their jobs and logs; re-running and cancelling a run. */
export function workflowRunRoutes(app: FastifyInstance, context: Context, actions: Actions): void {
  const { urls } = context;
  const base = "/repos/:owner/:repo/actions";

  app.get<RunParams>(`${base}/runs`, (request, reply) => {
    const { record } = readTarget(context, request);
    return list(request, reply, record, actions.store.runs(record.id));
  });

  app.get<RunParams>(`${base}/workflows/:id/runs`, (request, reply) => {
    const { record } = readTarget(context, request);
    const { id } = request.params;
    const runs = actions.store.runs(record.id);
    const wanted = runs.filter((run) => String(run.workflow) === id || run.path.endsWith(`/${id}`));
    return list(request, reply, record, wanted);
  });

  app.get<RunParams>(`${base}/runs/:id`, (request) => {
    const { record } = readTarget(context, request);
    return workflowRunShape(context, record, runOf(record.id, request));
  });

  app.get<RunParams>(`${base}/runs/:id/jobs`, (request, reply) => {
    const { record } = readTarget(context, request);
    const run = runOf(record.id, request);
    const isAll = request.query.filter === "all";
    const jobs = run.jobs.filter(({ attempt }) => isAll || attempt === run.attempt);
    const page = paginate(urls, request, reply, jobs).map((job) => jobShape(context, record, run, job));
    return { total_count: jobs.length, jobs: page };
  });

  app.get<RunParams>(`${base}/jobs/:id`, (request) => {
    const { record } = readTarget(context, request);
    const { run, job } = jobOf(record.id, request);
    return jobShape(context, record, run, job);
  });

  app.get<RunParams>(`${base}/jobs/:id/logs`, async (request, reply) => {
    const { record } = readTarget(context, request);
    const { run, job } = jobOf(record.id, request);
    const text = await readFile(actions.store.logPath(run, job), "utf8").catch(() => undefined);
    // A job that never started has no log.
    if (text === undefined) throw notFound();
    return reply.type("text/plain; charset=utf-8").send(text);
  });

  app.post<RunParams>(`${base}/runs/:id/rerun`, async (request, reply) => {
    const { record, actor } = writeTarget(context, request);
    const run = runOf(record.id, request);
    if (run.status !== "completed") throw new HttpError(403, "This workflow is already running");
    await actions.rerun(record, run, actor.account.login);
    return reply.code(201).send({});
  });

  app.post<RunParams>(`${base}/runs/:id/cancel`, (request, reply) => {
    const { record } = writeTarget(context, request);
    const run = runOf(record.id, request);
    if (!actions.cancel(run)) throw new HttpError(409, "Cannot cancel a workflow run that is completed.");
    return reply.code(202).send({});
  });

  function list(
    request: FastifyRequest<RunParams>,
    reply: FastifyReply,
    record: Target["record"],
    runs: readonly RunRecord[],
  ) {
    const { event, status, branch, head_sha: sha, actor } = request.query;
    const wanted = runs.filter(
      (run) =>
        (event === undefined || run.event === event) &&
        (status === undefined || run.status === status || run.conclusion === status) &&
        (branch === undefined || run.headBranch === branch) &&
        (sha === undefined || run.headSha === sha) &&
        (actor === undefined || run.actor === actor),
    );
    const page = paginate(urls, request, reply, wanted).map((run) => workflowRunShape(context, record, run));
    return { total_count: wanted.length, workflow_runs: page };
  }

  function runOf(repository: number, request: FastifyRequest<RunParams>): RunRecord {
    const run = actions.store.run(repository, Number(request.params.id));
    if (!run) throw notFound();
    return run;
  }

  function jobOf(repository: number, request: FastifyRequest<RunParams>) {
    for (const run of actions.store.runs(repository)) {
      const job = run.jobs.find(({ id }) => String(id) === request.params.id);
      if (job) return { run, job };
    }
    throw notFound();
  }
}
