import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { autoMerge, isDeletable, missingContexts } from "../../domain/deployments";
import { ensureEnvironment } from "../../domain/environments";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import { resolveCommit } from "../../git/refs";
import { deploymentShape } from "../../shapes/deployments";
import { now } from "../../store/database";
import type { DeploymentRecord, RepositoryRecord } from "../../store/records";
import { type Context, readTarget, type Target, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const createSchema = z.object({
  ref: z.string(),
  task: z.string().default("deploy"),
  auto_merge: z.boolean().default(true),
  // Some clients send null if they have no list: it means the same as a missing field.
  required_contexts: z.array(z.string()).nullish(),
  payload: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
  environment: z.string().min(1).default("production"),
  description: z.string().nullable().default(""),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
});
type CreateInput = z.infer<typeof createSchema>;

/** The path parameters of requests for one deployment. */
export interface DeploymentParams {
  Params: { owner: string; repo: string; id: string; status: string };
  Querystring: Record<string, string | undefined>;
}

/** Deployments: create, list, get, delete. They only record what clients deploy. */
export function deploymentRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls, webhooks } = context;
  const base = "/repos/:owner/:repo/deployments";

  app.get<DeploymentParams>(base, (request, reply) => {
    const { record } = readTarget(context, request);
    const { sha, ref, task, environment } = request.query;
    const wanted = record.deployments.filter(
      (entry) =>
        (sha === undefined || entry.sha === sha) &&
        (ref === undefined || entry.ref === ref) &&
        (task === undefined || entry.task === task) &&
        (environment === undefined || entry.environment === environment),
    );
    return paginate(urls, request, reply, wanted.reverse()).map((entry) => deploymentShape(context, record, entry));
  });

  app.post<DeploymentParams>(base, async (request, reply) => {
    const target = writeTarget(context, request);
    const { record, git, actor } = target;
    const sent = parseBody(createSchema, request.body);
    const sha = await resolveCommit(git, sent.ref);
    if (sha === undefined) throw unprocessable(`No ref found for: ${sent.ref}`);
    const message = sent.auto_merge ? await autoMerge(context.updates, target, sent.ref, sha) : undefined;
    if (message !== undefined) return reply.code(202).send({ message });
    requireContexts(record, sha, sent);
    const time = now();
    const deployment: DeploymentRecord = {
      id: database.nextId(),
      ref: sent.ref,
      sha,
      task: sent.task,
      payload: sent.payload,
      environment: sent.environment,
      originalEnvironment: sent.environment,
      description: sent.description,
      isTransient: sent.transient_environment,
      isProduction: sent.production_environment ?? sent.environment === "production",
      creator: actor.account.login,
      appId: actor.app?.id ?? null,
      createdAt: time,
      updatedAt: time,
      statuses: [],
    };
    ensureEnvironment(database, record, sent.environment);
    record.deployments.push(deployment);
    await database.save();
    const shape = deploymentShape(context, record, deployment);
    const event = { action: "created", deployment: shape, workflow: null, workflow_run: null };
    webhooks.emit(record, { name: "deployment", payload: { ...event, ...commonPayload(context, record, actor) } });
    return reply.code(201).send(shape);
  });

  app.get<DeploymentParams>(`${base}/:id`, (request) => {
    const { record, deployment } = deploymentTarget(context, request);
    return deploymentShape(context, record, deployment);
  });

  app.delete<DeploymentParams>(`${base}/:id`, async (request, reply) => {
    const { record } = writeTarget(context, request);
    const { deployment } = deploymentTarget(context, request);
    if (!isDeletable(record.deployments, deployment)) {
      throw unprocessable(
        "We cannot delete an active deployment unless it is the only deployment in a given environment.",
      );
    }
    record.deployments = record.deployments.filter((entry) => entry !== deployment);
    await database.save();
    return reply.code(204).send();
  });
}

/** The deployment of a request. Throws 404. */
export function deploymentTarget(
  context: Context,
  request: FastifyRequest<DeploymentParams>,
): Target & { deployment: DeploymentRecord } {
  const target = readTarget(context, request);
  const deployment = target.record.deployments.find(({ id }) => String(id) === request.params.id);
  if (!deployment) throw notFound();
  return { ...target, deployment };
}

function requireContexts(
  record: RepositoryRecord,
  sha: string,
  { ref, required_contexts: required }: CreateInput,
): void {
  const missing = missingContexts(required, {
    statuses: record.statuses.filter((status) => status.sha === sha),
    runs: record.checkRuns.filter((run) => run.sha === sha),
  });
  if (missing.length === 0) return;
  throw new HttpError(409, `Conflict: Commit status checks failed for ${ref}.`, [
    { resource: "Deployment", field: "required_contexts", code: "invalid", contexts: missing },
  ]);
}
