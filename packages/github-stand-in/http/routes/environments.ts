import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { ensureEnvironment, findEnvironment } from "../../domain/environments";
import { notFound, unprocessable } from "../../domain/errors";
import { simpleUser } from "../../shapes/accounts";
import { teamWithPermission } from "../../shapes/teams";
import { nodeId } from "../../shapes/urls";
import { now } from "../../store/database";
import type { EnvironmentRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context, readTarget, type Target, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

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
interface PolicyParams {
  Params: EnvironmentParams["Params"] & { id: string };
}
type EnvironmentRequest = FastifyRequest<EnvironmentParams>;
type PolicyRequest = FastifyRequest<PolicyParams>;

/**
 * Deployment environments, and the branches and tags that can deploy to them: stored and returned. No deployment waits
 * for an environment's reviewers here.
 */
export function environmentRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/environments";
  app.get<EnvironmentParams>(base, handle(listEnvironments));
  app.get<EnvironmentParams>(`${base}/:name`, handle(getEnvironment));
  app.put<EnvironmentParams>(`${base}/:name`, handle(setEnvironment));
  app.delete<EnvironmentParams>(`${base}/:name`, handle(deleteEnvironment));
  const policies = `${base}/:name/deployment-branch-policies`;
  app.get<EnvironmentParams>(policies, handle(listPolicies));
  app.post<EnvironmentParams>(policies, handle(createPolicy));
  app.get<PolicyParams>(`${policies}/:id`, handle(getPolicy));
  app.put<PolicyParams>(`${policies}/:id`, handle(editPolicy));
  app.delete<PolicyParams>(`${policies}/:id`, handle(deletePolicy));
}

function listEnvironments(context: Context, request: EnvironmentRequest, reply: FastifyReply) {
  const { record } = readTarget(context, request);
  const environments = record.environments.map((entry) => environmentShape(context, record, entry));
  return { total_count: environments.length, environments: paginate(context.urls, request, reply, environments) };
}

function getEnvironment(context: Context, request: EnvironmentRequest) {
  const { record, environment } = environmentIn(readTarget(context, request), request);
  return environmentShape(context, record, environment);
}

async function setEnvironment(context: Context, request: EnvironmentRequest) {
  const { record } = adminTarget(context, request);
  const settings = parseBody(settingsSchema, request.body);
  const policy = settings.deployment_branch_policy;
  if (policy && policy.protected_branches === policy.custom_branch_policies) {
    throw unprocessable("protected_branches and custom_branch_policies cannot have the same value");
  }
  const environment = ensureEnvironment(context.database, record, request.params.name);
  Object.assign(environment, { settings, updatedAt: now() });
  await context.database.save();
  return environmentShape(context, record, environment);
}

async function deleteEnvironment(context: Context, request: EnvironmentRequest, reply: FastifyReply) {
  const { record, environment } = environmentIn(adminTarget(context, request), request);
  record.environments = record.environments.filter((other) => other !== environment);
  await context.secrets.forget(environment.id);
  await context.database.save();
  return reply.code(204).send();
}

function listPolicies(context: Context, request: EnvironmentRequest, reply: FastifyReply) {
  const { branchPolicies } = environmentIn(readTarget(context, request), request).environment;
  const page = paginate(context.urls, request, reply, branchPolicies).map(policyShape);
  return { total_count: branchPolicies.length, branch_policies: page };
}

async function createPolicy(context: Context, request: EnvironmentRequest, reply: FastifyReply) {
  const { environment } = environmentIn(adminTarget(context, request), request);
  const schema = z.object({ name: z.string().min(1), type: z.enum(["branch", "tag"]).default("branch") });
  const sent = parseBody(schema, request.body);
  const settings = environment.settings.deployment_branch_policy as { custom_branch_policies?: boolean } | undefined;
  // GitHub responds with 404 unless the environment's settings enable custom policies.
  if (settings?.custom_branch_policies !== true) throw notFound();
  if (environment.branchPolicies.some(({ name, type }) => name === sent.name && type === sent.type)) {
    // GitHub documents this status for a duplicate, without a body.
    return reply.code(303).send();
  }
  const policy = { id: context.database.nextId(), ...sent };
  environment.branchPolicies.push(policy);
  await context.database.save();
  return policyShape(policy);
}

function getPolicy(context: Context, request: PolicyRequest) {
  return policyShape(policyIn(readTarget(context, request), request).policy);
}

async function editPolicy(context: Context, request: PolicyRequest) {
  const { policy } = policyIn(adminTarget(context, request), request);
  policy.name = parseBody(z.object({ name: z.string().min(1) }), request.body).name;
  await context.database.save();
  return policyShape(policy);
}

async function deletePolicy(context: Context, request: PolicyRequest, reply: FastifyReply) {
  const { environment, policy } = policyIn(adminTarget(context, request), request);
  environment.branchPolicies = environment.branchPolicies.filter((other) => other !== policy);
  await context.database.save();
  return reply.code(204).send();
}

/** The environment of a request. Throws 404. */
function environmentIn({ record }: Target, request: EnvironmentRequest | PolicyRequest) {
  const environment = findEnvironment(record, request.params.name);
  if (!environment) throw notFound();
  return { record, environment };
}

/** The branch policy of a request. Throws 404. */
function policyIn(target: Target, request: PolicyRequest) {
  const { environment } = environmentIn(target, request);
  const policy = environment.branchPolicies.find(({ id }) => String(id) === request.params.id);
  if (!policy) throw notFound();
  return { environment, policy };
}

function environmentShape(
  context: Context,
  record: RepositoryRecord,
  entry: EnvironmentRecord,
): Schemas["environment"] {
  const { urls } = context;
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
    protection_rules: protectionRules(context, entry, settings),
    deployment_branch_policy: settings.deployment_branch_policy ?? null,
  };
}

function protectionRules({ database, urls }: Context, entry: EnvironmentRecord, settings: Settings): ProtectionRule[] {
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

function policyShape({
  id,
  name,
  type,
}: EnvironmentRecord["branchPolicies"][number]): Schemas["deployment-branch-policy"] {
  return { id, node_id: nodeId("GateBranchPolicy", id), name, type };
}
