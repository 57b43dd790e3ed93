import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Actor } from "../../domain/access/roles";
import { superseded } from "../../domain/deployments";
import { ensureEnvironment } from "../../domain/environments";
import { notFound } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import { deploymentShape, deploymentStatusShape } from "../../shapes/deployments";
import { now } from "../../store/database";
import {
  DEPLOYMENT_STATES,
  type DeploymentRecord,
  type DeploymentStatusRecord,
  type RepositoryRecord,
} from "../../store/records";
import { type Context, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";
import { type DeploymentParams, deploymentTarget } from "./deployments";

const schema = z.object({
  state: z.enum(DEPLOYMENT_STATES),
  target_url: z.string().default(""),
  log_url: z.string().default(""),
  description: z.string().max(140).default(""),
  environment: z.string().optional(),
  environment_url: z.string().default(""),
  auto_inactive: z.boolean().default(true),
});

/** The statuses of a deployment: create, list, get. */
export function deploymentStatusRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls, webhooks } = context;
  const base = "/repos/:owner/:repo/deployments/:id/statuses";

  app.get<DeploymentParams>(base, (request, reply) => {
    const { record, deployment } = deploymentTarget(context, request);
    const newestFirst = deployment.statuses.toReversed();
    return paginate(urls, request, reply, newestFirst).map((status) =>
      deploymentStatusShape(context, record, deployment, status),
    );
  });

  app.get<DeploymentParams>(`${base}/:status`, (request) => {
    const { record, deployment } = deploymentTarget(context, request);
    const status = deployment.statuses.find(({ id }) => String(id) === request.params.status);
    if (!status) throw notFound();
    return deploymentStatusShape(context, record, deployment, status);
  });

  app.post<DeploymentParams>(base, async (request, reply) => {
    const { record, actor } = writeTarget(context, request);
    const { deployment } = deploymentTarget(context, request);
    const sent = parseBody(schema, request.body);
    if (sent.environment) {
      deployment.environment = ensureEnvironment(database, record, sent.environment).name;
    }
    const status = add(actor, record, deployment, {
      state: sent.state,
      description: sent.description,
      environmentUrl: sent.environment_url,
      logUrl: sent.log_url || sent.target_url,
    });
    if (sent.state === "success" && sent.auto_inactive) {
      for (const earlier of superseded(record.deployments, deployment)) {
        const { description, environmentUrl, logUrl } = earlier.statuses.at(-1) ?? status;
        add(actor, record, earlier, { state: "inactive", description, environmentUrl, logUrl });
      }
    }
    await database.save();
    const shape = deploymentStatusShape(context, record, deployment, status);
    return reply.code(201).header("Location", shape.url).send(shape);
  });

  function add(
    actor: Actor,
    record: RepositoryRecord,
    deployment: DeploymentRecord,
    fields: Pick<DeploymentStatusRecord, "state" | "description" | "environmentUrl" | "logUrl">,
  ): DeploymentStatusRecord {
    const time = now();
    const status: DeploymentStatusRecord = {
      id: database.nextId(),
      ...fields,
      environment: deployment.environment,
      creator: actor.account.login,
      appId: actor.app?.id ?? null,
      createdAt: time,
    };
    deployment.statuses.push(status);
    deployment.updatedAt = time;
    const payload = {
      action: "created",
      deployment_status: deploymentStatusShape(context, record, deployment, status),
      deployment: deploymentShape(context, record, deployment),
      check_run: null,
      workflow: null,
      workflow_run: null,
      ...commonPayload(context, record, actor),
    };
    webhooks.emit(record, { name: "deployment_status", payload });
    return status;
  }
}
