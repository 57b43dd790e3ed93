import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { GitRepositories } from "../../git/repositories";
import type { ShapeContext } from "../../shapes/repositories";
import type { DeliveryRecord } from "../../store/history-records";
import { JsonFile } from "../../store/json-file";
import type { HookRecord, RepositoryRecord } from "../../store/records";
import type { Actor } from "../access/roles";
import type { AcceptedUpdate } from "../ref-updates";
import { pingEvent, refEvents, type WebhookEvent } from "./payloads";
import { hookRequest, send } from "./send";

/** Maximum number of deliveries per hook; the oldest are dropped. */
const MAX_DELIVERIES = 100;

/** Delivers events to hooks, with one attempt each, and stores the deliveries for redelivery. */
export class Webhooks {
  private readonly file: JsonFile<{ nextId: number; deliveries: DeliveryRecord[] }>;
  private readonly stop = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly listeners: ((repository: RepositoryRecord, event: WebhookEvent) => void)[] = [];

  constructor(
    private readonly shapes: ShapeContext,
    private readonly repositories: GitRepositories,
    folder: string,
  ) {
    this.file = new JsonFile(join(folder, "deliveries.json"), { nextId: 1, deliveries: [] });
  }

  /** Registers a listener for every event of every repository, whether a hook subscribes to it or not. */
  onEvent(listener: (repository: RepositoryRecord, event: WebhookEvent) => void): void {
    this.listeners.push(listener);
  }

  /** Delivers the events of refs that moved. */
  refsMoved(update: AcceptedUpdate): void {
    const { actor, repository } = update;
    if (this.listeners.length === 0 && !repository.hooks.some((hook) => hook.active)) return;
    const git = this.repositories.open(repository.id);
    for (const change of update.changes) {
      this.track(
        refEvents(this.shapes, repository, actor, git, change).then((events) => {
          for (const event of events) this.emit(repository, event);
        }),
      );
    }
  }

  /** Whether an event would have a receiver: a hook of the repository, or a listener. */
  isWanted(repository: RepositoryRecord, name: string): boolean {
    if (this.listeners.length > 0) return true;
    return repository.hooks.some(({ active, events }) => active && (events.includes("*") || events.includes(name)));
  }

  /** Delivers an event to every active hook of a repository that subscribes to it. */
  emit(repository: RepositoryRecord, event: WebhookEvent): void {
    for (const listener of this.listeners) listener(repository, event);
    for (const hook of repository.hooks) {
      const wanted = hook.events.includes("*") || hook.events.includes(event.name);
      if (hook.active && wanted) this.track(this.deliver(repository, hook, event));
    }
  }

  /** Delivers a ping to one hook. */
  ping(repository: RepositoryRecord, actor: Actor, hook: HookRecord): void {
    this.track(this.deliver(repository, hook, pingEvent(this.shapes, repository, actor, hook)));
  }

  /** Repeats a delivery with the same GUID. */
  redeliver(repository: RepositoryRecord, hook: HookRecord, delivery: DeliveryRecord): void {
    const event = { name: delivery.event, payload: delivery.payload };
    this.track(this.deliver(repository, hook, event, delivery.guid));
  }

  /** The deliveries of a hook, newest first. */
  deliveries(hook: HookRecord): DeliveryRecord[] {
    return this.file.value.deliveries.filter((delivery) => delivery.hookId === hook.id).reverse();
  }

  /** Deletes the deliveries of hooks. */
  async forget(hookIds: ReadonlySet<number>): Promise<void> {
    const { value } = this.file;
    value.deliveries = value.deliveries.filter((delivery) => !hookIds.has(delivery.hookId));
    await this.file.save();
  }

  /** Aborts running deliveries and waits for their end. */
  async close(): Promise<void> {
    this.stop.abort();
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private async deliver(
    repository: RepositoryRecord,
    hook: HookRecord,
    event: WebhookEvent,
    earlier?: string,
  ): Promise<void> {
    const guid = earlier ?? randomUUID();
    const request = hookRequest(hook, repository.id, event, guid);
    const deliveredAt = new Date().toISOString();
    const response = await send(request, this.stop.signal);
    const { value } = this.file;
    value.deliveries.push({
      id: value.nextId++,
      guid,
      hookId: hook.id,
      repositoryId: repository.id,
      event: event.name,
      payload: event.payload,
      url: request.url,
      deliveredAt,
      redelivery: earlier !== undefined,
      duration: response.duration,
      status: response.status,
      statusCode: response.statusCode,
      requestHeaders: request.headers,
      responseHeaders: response.headers,
      responseBody: response.body,
    });
    const old = new Set(this.deliveries(hook).slice(MAX_DELIVERIES));
    value.deliveries = value.deliveries.filter((delivery) => !old.has(delivery));
    const isOk = response.status === "OK";
    hook.lastResponse = {
      code: response.statusCode,
      status: isOk ? "active" : "unused",
      message: isOk ? "OK" : response.status,
    };
    await Promise.all([this.file.save(), this.shapes.database.save()]);
  }

  private track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        process.stderr.write(`webhook: ${String(error)}\n`);
      })
      .finally(() => this.running.delete(tracked));
    this.running.add(tracked);
  }
}
