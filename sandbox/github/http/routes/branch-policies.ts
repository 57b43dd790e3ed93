import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { notFound, parseBody } from "../../domain/errors";
import { paginate } from "../../pagination";
import { nodeId } from "../../shapes/urls";
import { sameName } from "../../store/database";
import type { EnvironmentRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context, readTarget } from "../context";

interface PolicyParams {
  Params: { owner: string; repo: string; name: string; id: string };
}

/** The branches and tags that can deploy to an environment. */
export function branchPolicyRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/environments/:name/deployment-branch-policies";

  app.get<PolicyParams>(base, (request, reply) => {
    const { branchPolicies } = environmentOf(readTarget(context, request).record, request);
    const page = paginate(urls, request, reply, branchPolicies).map(shape);
    return { total_count: branchPolicies.length, branch_policies: page };
  });

  app.post<PolicyParams>(base, async (request, reply) => {
    const environment = environmentOf(adminTarget(context, request).record, request);
    const schema = z.object({ name: z.string().min(1), type: z.enum(["branch", "tag"]).default("branch") });
    const sent = parseBody(schema, request.body);
    const settings = environment.settings.deployment_branch_policy as { custom_branch_policies?: boolean } | undefined;
    // GitHub responds with 404 unless the environment's settings enable custom policies.
    if (settings?.custom_branch_policies !== true) throw notFound();
    if (environment.branchPolicies.some(({ name, type }) => name === sent.name && type === sent.type)) {
      // GitHub documents this status for a duplicate, without a body.
      return reply.code(303).send();
    }
    const policy = { id: database.nextId(), ...sent };
    environment.branchPolicies.push(policy);
    await database.save();
    return shape(policy);
  });

  app.get<PolicyParams>(`${base}/:id`, (request) => shape(find(readTarget(context, request).record, request)));

  app.put<PolicyParams>(`${base}/:id`, async (request) => {
    const policy = find(adminTarget(context, request).record, request);
    policy.name = parseBody(z.object({ name: z.string().min(1) }), request.body).name;
    await database.save();
    return shape(policy);
  });

  app.delete<PolicyParams>(`${base}/:id`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const policy = find(record, request);
    const environment = environmentOf(record, request);
    environment.branchPolicies = environment.branchPolicies.filter((other) => other !== policy);
    await database.save();
    return reply.code(204).send();
  });
}

type Policy = EnvironmentRecord["branchPolicies"][number];

function shape({ id, name, type }: Policy): components["schemas"]["deployment-branch-policy"] {
  return { id, node_id: nodeId("GateBranchPolicy", id), name, type };
}

function environmentOf(record: RepositoryRecord, request: FastifyRequest<PolicyParams>): EnvironmentRecord {
  const environment = record.environments.find(({ name }) => sameName(name, request.params.name));
  if (!environment) throw notFound();
  return environment;
}

function find(record: RepositoryRecord, request: FastifyRequest<PolicyParams>): Policy {
  const policy = environmentOf(record, request).branchPolicies.find(({ id }) => String(id) === request.params.id);
  if (!policy) throw notFound();
  return policy;
}
