import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { adminTarget, type Context, readTarget } from "../context";
import { now } from "../database";
import { notFound, parseBody, validationFailed } from "../errors";
import { paginate } from "../pagination";
import type { RepositoryRecord, RulesetRecord } from "../records";
import { nodeId } from "../shapes/urls";

type Ruleset = components["schemas"]["repository-ruleset"];

const createSchema = z.object({
  name: z.string().min(1),
  target: z.enum(["branch", "tag", "push"]).default("branch"),
  enforcement: z.enum(["disabled", "active", "evaluate"]),
  bypass_actors: z.array(z.record(z.string(), z.unknown())).default([]),
  conditions: z.record(z.string(), z.unknown()).default({}),
  rules: z.array(z.looseObject({ type: z.string() })).default([]),
});

interface RulesetParams {
  Params: { owner: string; repo: string; id: string };
}

/**
 * Rulesets of a repository: stored and returned as they were sent. They do not refuse anything:
 * RefUpdates.authorizeRefUpdate does not ask them.
 */
export function rulesetRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/rulesets";

  app.get<RulesetParams>(base, (request, reply) => {
    const { record } = readTarget(context, request);
    return paginate(urls, request, reply, record.rulesets).map((ruleset) => summary(record, ruleset));
  });

  app.post<RulesetParams>(base, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const { bypass_actors: bypassActors, ...sent } = parseBody(createSchema, request.body);
    refuseSameName(record, sent.name, undefined);
    const time = now();
    const ruleset: RulesetRecord = { id: database.nextId(), ...sent, bypassActors, createdAt: time, updatedAt: time };
    record.rulesets.push(ruleset);
    await database.save();
    return reply.code(201).send(shape(record, ruleset));
  });

  app.get<RulesetParams>(`${base}/:id`, (request) => {
    const { record, permission } = readTarget(context, request);
    const ruleset = shape(record, find(record, request.params.id));
    // Who may bypass is shown to those only who may change it.
    if (permission !== "admin") delete ruleset.bypass_actors;
    return ruleset;
  });

  app.put<RulesetParams>(`${base}/:id`, async (request) => {
    const { record } = adminTarget(context, request);
    const ruleset = find(record, request.params.id);
    const { bypass_actors: bypassActors, ...sent } = parseBody(createSchema.partial(), request.body);
    if (sent.name !== undefined) refuseSameName(record, sent.name, ruleset);
    Object.assign(ruleset, sent, bypassActors ? { bypassActors } : {}, { updatedAt: now() });
    await database.save();
    return shape(record, ruleset);
  });

  app.delete<RulesetParams>(`${base}/:id`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const ruleset = find(record, request.params.id);
    record.rulesets = record.rulesets.filter((other) => other !== ruleset);
    await database.save();
    return reply.code(204).send();
  });

  /** Lists do not carry what a ruleset says, only which it is. */
  function summary(record: RepositoryRecord, ruleset: RulesetRecord): Ruleset {
    return {
      id: ruleset.id,
      name: ruleset.name,
      target: ruleset.target,
      source_type: "Repository",
      source: `${record.owner}/${record.name}`,
      enforcement: ruleset.enforcement,
      current_user_can_bypass: "never",
      node_id: nodeId("RepositoryRuleset", ruleset.id),
      created_at: ruleset.createdAt,
      updated_at: ruleset.updatedAt,
      _links: {
        self: { href: urls.repo(record, `/rulesets/${ruleset.id}`) },
        html: { href: urls.html(record, `/rules/${ruleset.id}`) },
      },
    };
  }

  // The contents are not looked into: they are given back as they were sent, so their types are the client's.
  function shape(record: RepositoryRecord, ruleset: RulesetRecord): Ruleset {
    return {
      ...summary(record, ruleset),
      bypass_actors: ruleset.bypassActors as Ruleset["bypass_actors"],
      conditions: ruleset.conditions,
      rules: ruleset.rules as unknown as Ruleset["rules"],
    };
  }
}

function find(record: RepositoryRecord, id: string): RulesetRecord {
  const ruleset = record.rulesets.find((entry) => String(entry.id) === id);
  if (!ruleset) throw notFound();
  return ruleset;
}

function refuseSameName(record: RepositoryRecord, name: string, self: RulesetRecord | undefined): void {
  if (!record.rulesets.some((other) => other !== self && other.name === name)) return;
  throw validationFailed([
    { resource: "RepositoryRuleset", field: "name", code: "custom", message: "Name must be unique" },
  ]);
}
