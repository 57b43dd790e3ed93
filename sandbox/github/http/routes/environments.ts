import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { ensureEnvironment, findEnvironment } from "../../domain/environments";
import { notFound, parseBody, unprocessable } from "../../domain/errors";
import { simpleUser } from "../../shapes/accounts";
import { teamWithPermission } from "../../shapes/teams";
import { nodeId } from "../../shapes/urls";
import { now, sameName } from "../../store/database";
import type { EnvironmentRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context, readTarget } from "../context";
import { paginate } from "../pagination";

type Schemas = components["schemas"];

const settingsSchema = z.object({
  wait_timer: z.int().min(0).max(43_200).nullable().optional(),
  prevent_self_review: z.boolean().nullable().optional(),
  can_admins_bypass: z.boolean().optional(),
  reviewers: z
    .array(z.object({ type: z.enum(["User", "Team"]), id: z.int() }))
    .max(6)
    .nullable()
    .optional(),
  deployment_branch_policy: z
    .object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullable()
    .optional(),
});
type Settings = z.infer<typeof settingsSchema>;

type ProtectionRule = NonNullable<Schemas["environment"]["protection_rules"]>[number];
type Reviewer = NonNullable<Extract<ProtectionRule, { reviewers?: unknown }>["reviewers"]>[number];

interface EnvironmentParams {
  Params: { owner: string; repo: string; name: string };
}

/** Deployment environments: stored and returned. No deployment waits for their reviewers here. */
export function environmentRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/environments";

  app.get<EnvironmentParams>(base, (request, reply) => {
    const { record } = readTarget(context, request);
    const environments = record.environments.map((entry) => shape(record, entry));
    return { total_count: environments.length, environments: paginate(urls, request, reply, environments) };
  });

  app.get<EnvironmentParams>(`${base}/:name`, (request) => {
    const { record } = readTarget(context, request);
    const entry = findEnvironment(record, request.params.name);
    if (!entry) throw notFound();
    return shape(record, entry);
  });

  app.put<EnvironmentParams>(`${base}/:name`, async (request) => {
    const { record } = adminTarget(context, request);
    const settings = parseBody(settingsSchema, request.body);
    const policy = settings.deployment_branch_policy;
    if (policy && policy.protected_branches === policy.custom_branch_policies) {
      throw unprocessable("protected_branches and custom_branch_policies cannot have the same value");
    }
    const entry = ensureEnvironment(database, record, request.params.name);
    Object.assign(entry, { settings, updatedAt: now() });
    await database.save();
    return shape(record, entry);
  });

  app.delete<EnvironmentParams>(`${base}/:name`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const entry = findEnvironment(record, request.params.name);
    if (!entry) throw notFound();
    record.environments = record.environments.filter((other) => other !== entry);
    await context.secrets.forget(entry.id);
    await database.save();
    return reply.code(204).send();
  });

  function shape(record: RepositoryRecord, entry: EnvironmentRecord): Schemas["environment"] {
    const settings = entry.settings as Settings;
    return {
      id: entry.id,
      node_id: nodeId("Environment", entry.id),
      name: entry.name,
      url: urls.repo(record, `/environments/${encodeURIComponent(entry.name)}`),
      html_url: urls.html(record, `/deployments/activity_log?environments_filter=${encodeURIComponent(entry.name)}`),
      created_at: entry.createdAt,
      updated_at: entry.updatedAt,
      ...{ can_admins_bypass: settings.can_admins_bypass ?? true },
      protection_rules: rules(entry, settings),
      deployment_branch_policy: settings.deployment_branch_policy ?? null,
    };
  }

  function rules(entry: EnvironmentRecord, settings: Settings): ProtectionRule[] {
    const rule = (type: string) => ({ id: entry.id, node_id: nodeId("GateType", entry.id), type });
    const reviewers = (settings.reviewers ?? []).flatMap(({ type, id }): Reviewer[] => {
      const account = type === "User" ? database.accounts.find((candidate) => candidate.id === id) : undefined;
      const team = type === "Team" ? database.teams.find((candidate) => candidate.id === id) : undefined;
      if (team) return [{ type, reviewer: teamWithPermission(urls, team, "read") }];
      return account ? [{ type, reviewer: simpleUser(urls, account) }] : [];
    });
    return [
      ...(settings.wait_timer ? [{ ...rule("wait_timer"), wait_timer: settings.wait_timer }] : []),
      ...(reviewers.length > 0
        ? [{ ...rule("required_reviewers"), prevent_self_review: settings.prevent_self_review ?? false, reviewers }]
        : []),
      ...(settings.deployment_branch_policy ? [rule("branch_policy")] : []),
    ];
  }
}

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
