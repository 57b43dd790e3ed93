import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, parseBody, validationFailed } from "../../domain/errors";
import { paginate } from "../pagination";
import { deliveryItem, deliveryShape, hookShape } from "../../shapes/hooks";
import { now } from "../../store/database";
import type { HookRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context } from "../context";

const configSchema = z.object({
  url: z.string().optional(),
  content_type: z.enum(["json", "form"]).optional(),
  secret: z.string().optional(),
  insecure_ssl: z
    .union([z.string(), z.number()])
    .transform((value) => (String(value) === "1" ? "1" : "0"))
    .optional(),
});
const createSchema = z.object({
  name: z.literal("web").optional(),
  config: configSchema.optional(),
  events: z.array(z.string()).min(1).default(["push"]),
  active: z.boolean().default(true),
});
const editSchema = z.object({
  config: configSchema.optional(),
  events: z.array(z.string()).min(1).optional(),
  add_events: z.array(z.string()).default([]),
  remove_events: z.array(z.string()).default([]),
  active: z.boolean().optional(),
});

interface HookParams {
  Params: { owner: string; repo: string; hook: string; delivery: string };
}

/** Webhooks of a repository: create, read, change, delete, ping, deliveries and redelivery. For administrators only. */
export function hookRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls, webhooks } = context;
  const base = "/repos/:owner/:repo/hooks";

  app.get<HookParams>(base, (request, reply) => {
    const { record } = adminTarget(context, request);
    return paginate(
      urls,
      request,
      reply,
      record.hooks.map((hook) => hookShape(urls, record, hook)),
    );
  });

  app.post<HookParams>(base, async (request, reply) => {
    const { record, actor } = adminTarget(context, request);
    const { config, events, active } = parseBody(createSchema, request.body);
    const time = now();
    const hook: HookRecord = {
      id: database.nextId(),
      active,
      events,
      config: mergeConfig({ url: "", content_type: "form", insecure_ssl: "0" }, config),
      createdAt: time,
      updatedAt: time,
      lastResponse: { code: null, status: "unused", message: null },
    };
    rejectDuplicate(record, hook);
    record.hooks.push(hook);
    await database.save();
    if (hook.active) webhooks.ping(record, actor, hook);
    return reply.code(201).send(hookShape(urls, record, hook));
  });

  app.get<HookParams>(`${base}/:hook`, (request) => {
    const { record } = adminTarget(context, request);
    return hookShape(urls, record, find(record, request.params.hook));
  });

  app.patch<HookParams>(`${base}/:hook`, async (request) => {
    const { record } = adminTarget(context, request);
    const hook = find(record, request.params.hook);
    const { config, events, active, add_events: added, remove_events: removed } = parseBody(editSchema, request.body);
    // As on GitHub, `config` replaces the secret too: without a secret, the old one is removed.
    const draft = { ...hook.config };
    if (config) delete draft.secret;
    const edited = { ...hook, config: mergeConfig(draft, config), active: active ?? hook.active };
    edited.events = [...new Set([...(events ?? hook.events), ...added])].filter((event) => !removed.includes(event));
    rejectDuplicate(record, edited);
    Object.assign(hook, edited, { updatedAt: now() });
    await database.save();
    return hookShape(urls, record, hook);
  });

  app.delete<HookParams>(`${base}/:hook`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const hook = find(record, request.params.hook);
    record.hooks = record.hooks.filter((other) => other !== hook);
    await Promise.all([database.save(), webhooks.forget(new Set([hook.id]))]);
    return reply.code(204).send();
  });

  app.post<HookParams>(`${base}/:hook/pings`, (request, reply) => {
    const { record, actor } = adminTarget(context, request);
    webhooks.ping(record, actor, find(record, request.params.hook));
    return reply.code(204).send();
  });

  app.get<HookParams>(`${base}/:hook/deliveries`, (request, reply) => {
    const { record } = adminTarget(context, request);
    const deliveries = webhooks.deliveries(find(record, request.params.hook));
    return paginate(urls, request, reply, deliveries.map(deliveryItem));
  });

  app.get<HookParams>(`${base}/:hook/deliveries/:delivery`, (request) => {
    const { record } = adminTarget(context, request);
    return deliveryShape(findDelivery(record, request.params));
  });

  app.post<HookParams>(`${base}/:hook/deliveries/:delivery/attempts`, (request, reply) => {
    const { record } = adminTarget(context, request);
    webhooks.redeliver(record, find(record, request.params.hook), findDelivery(record, request.params));
    return reply.code(202).send({});
  });

  function find(record: RepositoryRecord, id: string): HookRecord {
    const hook = record.hooks.find((entry) => String(entry.id) === id);
    if (!hook) throw notFound();
    return hook;
  }

  function findDelivery(record: RepositoryRecord, params: HookParams["Params"]) {
    const delivery = webhooks.deliveries(find(record, params.hook)).find(({ id }) => String(id) === params.delivery);
    if (!delivery) throw notFound();
    return delivery;
  }
}

function mergeConfig(base: HookRecord["config"], sent: z.infer<typeof configSchema> = {}): HookRecord["config"] {
  const config = { ...base, ...sent };
  const { protocol } = URL.parse(config.url) ?? { protocol: "" };
  if (protocol !== "http:" && protocol !== "https:") {
    const message = `url is ${config.url === "" ? "missing" : "not a valid HTTP address"}`;
    throw validationFailed([{ resource: "Hook", field: "url", code: "custom", message }]);
  }
  return config;
}

function rejectDuplicate(record: RepositoryRecord, hook: HookRecord): void {
  const same = record.hooks.some(
    (other) =>
      other.id !== hook.id &&
      other.config.url === hook.config.url &&
      other.config.content_type === hook.config.content_type &&
      other.events.some((event) => hook.events.includes(event)),
  );
  if (!same) return;
  throw validationFailed([{ resource: "Hook", code: "custom", message: "Hook already exists on this repository" }]);
}
