import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../../domain/access/roles";
import { notFound, unprocessable, validationFailed } from "../../domain/errors";
import { nodeId } from "../../shapes/urls";
import { now } from "../../store/database";
import type { RepositoryRecord, RulesetRecord } from "../../store/records";
import { isRule, rulesetSchema } from "../../store/ruleset-schema";
import { adminTarget, type Context, readTarget, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

type Ruleset = components["schemas"]["repository-ruleset"];

interface BranchParams {
  Params: { owner: string; repo: string; "*": string };
}

interface RulesetParams {
  Params: { owner: string; repo: string; id: string };
}

interface ListParams extends RulesetParams {
  Querystring: { targets?: string };
}

type RulesetRequest = FastifyRequest<RulesetParams>;

/** Rulesets of a repository, and the active rules of a branch. `Protection` evaluates them. */
export function rulesetRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/rulesets";
  app.get<ListParams>(base, handle(listRulesets));
  app.post<RulesetParams>(base, handle(createRuleset));
  app.get<RulesetParams>(`${base}/:id`, handle(getRuleset));
  app.put<RulesetParams>(`${base}/:id`, handle(editRuleset));
  app.delete<RulesetParams>(`${base}/:id`, handle(deleteRuleset));
  app.get<BranchParams>("/repos/:owner/:repo/rules/branches/*", handle(listRulesOfBranch));
}

function listRulesets(context: Context, request: FastifyRequest<ListParams>, reply: FastifyReply) {
  const { record, actor } = readTarget(context, request);
  const targets = request.query.targets?.split(",");
  const wanted = record.rulesets.filter(({ target }) => targets?.includes(target) ?? true);
  const page = paginate(context.urls, request, reply, wanted);
  return page.map((ruleset) => summary(context, record, ruleset, actor));
}

async function createRuleset(context: Context, request: RulesetRequest, reply: FastifyReply) {
  const { database } = context;
  const { record, actor } = adminTarget(context, request);
  rejectUnsupportedRules(request.body);
  const { bypass_actors: bypassActors, ...sent } = parseBody(rulesetSchema, request.body);
  requireUniqueName(record, sent.name, undefined);
  const time = now();
  const ruleset: RulesetRecord = { id: database.nextId(), ...sent, bypassActors, createdAt: time, updatedAt: time };
  record.rulesets.push(ruleset);
  await database.save();
  return reply.code(201).send(shape(context, record, ruleset, actor));
}

function getRuleset(context: Context, request: RulesetRequest) {
  const { record, permission, actor } = readTarget(context, request);
  const ruleset = shape(context, record, find(record, request.params.id), actor);
  // Only administrators can see the bypass list.
  if (permission !== "admin") delete ruleset.bypass_actors;
  return ruleset;
}

async function editRuleset(context: Context, request: RulesetRequest) {
  const { record, actor } = adminTarget(context, request);
  const ruleset = find(record, request.params.id);
  rejectUnsupportedRules(request.body);
  const { name, target, enforcement, bypassActors, conditions, rules } = ruleset;
  const present = { name, target, enforcement, bypass_actors: bypassActors, conditions, rules };
  const sent = parseBody(rulesetSchema, { ...present, ...(request.body as object | undefined) });
  requireUniqueName(record, sent.name, ruleset);
  const { bypass_actors: actors, ...changed } = sent;
  Object.assign(ruleset, changed, { bypassActors: actors, updatedAt: now() });
  await context.database.save();
  return shape(context, record, ruleset, actor);
}

async function deleteRuleset(context: Context, request: RulesetRequest, reply: FastifyReply) {
  const { record } = adminTarget(context, request);
  const ruleset = find(record, request.params.id);
  record.rulesets = record.rulesets.filter((other) => other !== ruleset);
  await context.database.save();
  return reply.code(204).send();
}

function listRulesOfBranch(context: Context, request: FastifyRequest<BranchParams>, reply: FastifyReply) {
  const { record } = readTarget(context, request);
  const ref = `refs/heads/${request.params["*"]}`;
  const rules = context.protection.rulesets(record, ref).flatMap((ruleset) =>
    ruleset.rules.map((rule) => ({
      ...rule,
      ruleset_source_type: "Repository",
      ruleset_source: `${record.owner}/${record.name}`,
      ruleset_id: ruleset.id,
    })),
  );
  return paginate(context.urls, request, reply, rules);
}

/** Lists contain no conditions or rules. */
function summary(
  { protection, urls }: Context,
  record: RepositoryRecord,
  ruleset: RulesetRecord,
  actor: Actor | undefined,
): Ruleset {
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: ruleset.target,
    source_type: "Repository",
    source: `${record.owner}/${record.name}`,
    enforcement: ruleset.enforcement,
    current_user_can_bypass: protection.bypass(actor, record, ruleset),
    node_id: nodeId("RepositoryRuleset", ruleset.id),
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
    _links: {
      self: { href: urls.repo(record, `/rulesets/${ruleset.id}`) },
      html: { href: urls.html(record, `/rules/${ruleset.id}`) },
    },
  };
}

function shape(context: Context, record: RepositoryRecord, ruleset: RulesetRecord, actor: Actor | undefined): Ruleset {
  const { bypassActors, conditions, rules } = ruleset;
  return {
    ...summary(context, record, ruleset, actor),
    bypass_actors: bypassActors.map((entry) => ({ ...entry, actor_id: entry.actor_id ?? null })),
    conditions,
    rules,
  };
}

/** Rejects a rule that GitHub supports but this server does not enforce, so that it does not look effective. */
function rejectUnsupportedRules(body: unknown): void {
  const rules = (body as { rules?: unknown } | undefined)?.rules;
  const types = Array.isArray(rules) ? rules.map((rule: { type?: unknown } | null) => String(rule?.type)) : [];
  const other = types.find((type) => !isRule(type));
  if (other !== undefined) throw unprocessable(`Invalid rule '${other}': this stand-in does not enforce it.`);
}

function find(record: RepositoryRecord, id: string): RulesetRecord {
  const ruleset = record.rulesets.find((entry) => String(entry.id) === id);
  if (!ruleset) throw notFound();
  return ruleset;
}

function requireUniqueName(record: RepositoryRecord, name: string, self: RulesetRecord | undefined): void {
  if (!record.rulesets.some((other) => other !== self && other.name === name)) return;
  throw validationFailed([
    { resource: "RepositoryRuleset", field: "name", code: "custom", message: "Name must be unique" },
  ]);
}
