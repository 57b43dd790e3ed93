import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { notFound, validationFailed } from "../../domain/errors";
import { deliveryItem, deliveryShape, hookShape } from "../../shapes/hooks";
import { now } from "../../store/database";
import type { HookRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

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

type HookRequest = FastifyRequest<HookParams>;

/** Webhooks of a repository: create, read, change, delete, ping, deliveries and redelivery. For administrators only. */
export function hookRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/hooks";
  app.get<HookParams>(base, handle(listHooks));
  app.post<HookParams>(base, handle(createHook));
  app.get<HookParams>(`${base}/:hook`, handle(getHook));
  app.patch<HookParams>(`${base}/:hook`, handle(editHook));
  app.delete<HookParams>(`${base}/:hook`, handle(deleteHook));
  app.post<HookParams>(`${base}/:hook/pings`, handle(pingHook));
  app.get<HookParams>(`${base}/:hook/deliveries`, handle(listDeliveries));
  app.get<HookParams>(`${base}/:hook/deliveries/:delivery`, handle(getDelivery));
  app.post<HookParams>(`${base}/:hook/deliveries/:delivery/attempts`, handle(redeliver));
}

function listHooks(context: Context, request: HookRequest, reply: FastifyReply) {
  const { urls } = context;
  const { record } = adminTarget(context, request);
  const hooks = record.hooks.map((hook) => hookShape(urls, record, hook));
  return paginate(urls, request, reply, hooks);
}

async function createHook(context: Context, request: HookRequest, reply: FastifyReply) {
  const { database, urls, webhooks } = context;
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
}

function getHook(context: Context, request: HookRequest) {
  const { record, hook } = hookTarget(context, request);
  return hookShape(context.urls, record, hook);
}

async function editHook(context: Context, request: HookRequest) {
  const { record, hook } = hookTarget(context, request);
  const { config, events, active, add_events: added, remove_events: removed } = parseBody(editSchema, request.body);
  // As on GitHub, `config` replaces the secret too: without a secret, the old one is removed.
  const draft = { ...hook.config };
  if (config) delete draft.secret;
  const edited = { ...hook, config: mergeConfig(draft, config), active: active ?? hook.active };
  edited.events = [...new Set([...(events ?? hook.events), ...added])].filter((event) => !removed.includes(event));
  rejectDuplicate(record, edited);
  Object.assign(hook, edited, { updatedAt: now() });
  await context.database.save();
  return hookShape(context.urls, record, hook);
}

async function deleteHook(context: Context, request: HookRequest, reply: FastifyReply) {
  const { record, hook } = hookTarget(context, request);
  record.hooks = record.hooks.filter((other) => other !== hook);
  await Promise.all([context.database.save(), context.webhooks.forget(new Set([hook.id]))]);
  return reply.code(204).send();
}

function pingHook(context: Context, request: HookRequest, reply: FastifyReply) {
  const { record, actor, hook } = hookTarget(context, request);
  context.webhooks.ping(record, actor, hook);
  return reply.code(204).send();
}

function listDeliveries(context: Context, request: HookRequest, reply: FastifyReply) {
  const { hook } = hookTarget(context, request);
  return paginate(context.urls, request, reply, context.webhooks.deliveries(hook).map(deliveryItem));
}

function getDelivery(context: Context, request: HookRequest) {
  return deliveryShape(deliveryTarget(context, request).delivery);
}

function redeliver(context: Context, request: HookRequest, reply: FastifyReply) {
  const { record, hook, delivery } = deliveryTarget(context, request);
  context.webhooks.redeliver(record, hook, delivery);
  return reply.code(202).send({});
}

/** The hook of a request. Throws 404. */
function hookTarget(context: Context, request: HookRequest) {
  const target = adminTarget(context, request);
  const hook = target.record.hooks.find(({ id }) => String(id) === request.params.hook);
  if (!hook) throw notFound();
  return { ...target, hook };
}

/** The delivery of a request. Throws 404. */
function deliveryTarget(context: Context, request: HookRequest) {
  const target = hookTarget(context, request);
  const delivery = context.webhooks.deliveries(target.hook).find(({ id }) => String(id) === request.params.delivery);
  if (!delivery) throw notFound();
  return { ...target, delivery };
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
