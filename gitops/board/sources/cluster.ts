import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubernetesClient, type KubernetesObject } from "../../../clients/kubernetes";
import { ARGOCD_NAMESPACE } from "../../../components/argocd/installation";
import { describeError } from "../../errors";
import { type LiveState, observe, readApplication, withoutPasswords } from "../model/application";
import type { BoardEvent, Source } from "../model/board";
import { latest } from "../model/events";

export interface ClusterOptions {
  readonly environment: string;
  readonly client: Pick<KubernetesClient, "list" | "watch" | "getMetadata">;
  /** Called after each change. */
  readonly changed: () => void;
  readonly signal: AbortSignal;
  /** How often the cluster's availability is checked, in milliseconds. */
  readonly interval: number;
}

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: ARGOCD_NAMESPACE } as const;
const EVENTS = 40;
/** A cluster that does not respond for this time counts as unreachable, in milliseconds. */
const RESPONSE_TIMEOUT = 10_000;

/** Watches a cluster's Applications, and checks whether the cluster responds, which a watch does not show. */
export class ClusterSource {
  private readonly applications = new Map<string, LiveState>();
  private happened: BoardEvent[] = [];
  /** Why its Applications cannot be watched; null: they are; undefined: they were not read yet. */
  private deaf: string | null | undefined;
  /** Why it does not respond at all. */
  private silent: string | null = null;
  private at: string | null = null;

  constructor(private readonly options: ClusterOptions) {}

  /** The live state of its services; or the reason why it cannot be read. */
  get says(): ReadonlyMap<string, LiveState> | { readonly reason: string } {
    const reason = this.silent ?? (this.deaf === undefined ? "not asked yet" : this.deaf);
    return reason === null ? this.applications : { reason };
  }

  get source(): Source {
    return { name: `cluster ${this.options.environment}`, at: this.at, reason: this.silent ?? this.deaf ?? null };
  }

  /** Newest first. */
  get events(): readonly BoardEvent[] {
    return this.happened;
  }

  /** Follows the cluster until the signal is aborted. Never rejects. */
  async follow(): Promise<void> {
    const { signal, interval } = this.options;
    // A watch ends if the cluster cannot be reached or refuses it, so it is started again.
    await Promise.all([repeat(() => this.watch(), interval, signal), repeat(() => this.ask(), interval, signal)]);
  }

  /** Lists the Applications once. Never rejects. */
  async once(): Promise<void> {
    const { apiVersion, kind, namespace } = APPLICATION;
    try {
      const listed = await this.options.client.list(apiVersion, kind, { namespace });
      const names = new Set(listed.map(({ metadata }) => metadata.name));
      for (const name of this.applications.keys()) if (!names.has(name)) this.applications.delete(name);
      for (const application of listed) this.see(application);
      this.learn(() => (this.deaf = null));
    } catch (error) {
      this.learn(() => (this.deaf = reasonOf(error)));
    }
  }

  private async watch(): Promise<void> {
    const { client, signal } = this.options;
    const { apiVersion, kind, namespace } = APPLICATION;
    // A watch does not mark the end of its first list, and reports nothing if the list is empty.
    await this.once();
    if (this.deaf !== null) return;
    try {
      for await (const { type, object } of client.watch(apiVersion, kind, { namespace, signal })) {
        if (type === "DELETED") this.applications.delete(object.metadata.name);
        else this.see(object);
        this.at = new Date().toISOString();
        this.options.changed();
      }
    } catch (error) {
      this.learn(() => (this.deaf = reasonOf(error)));
    }
  }

  private see(application: KubernetesObject): void {
    const service = application.metadata.name;
    const look = { environment: this.options.environment, service, at: new Date().toISOString() };
    const before = this.applications.get(service);
    const now = readApplication(application, before);
    const seen = observe(before, now, look);
    // Events with the same time are newest first, too.
    this.happened = latest(EVENTS, seen.reverse(), this.happened);
    this.applications.set(service, now);
  }

  /** Any response counts, also one that these credentials are not permitted. */
  private async ask(): Promise<void> {
    const { client, signal } = this.options;
    const timeout = AbortSignal.any([AbortSignal.timeout(RESPONSE_TIMEOUT), signal]);
    const silent = new Promise<never>((_, reject) => {
      timeout.addEventListener("abort", () => {
        reject(new Error(`no response for ${RESPONSE_TIMEOUT / 1000} s`));
      });
    });
    try {
      const namespace = { apiVersion: "v1", kind: "Namespace", name: APPLICATION.namespace };
      await Promise.race([client.getMetadata(namespace), silent]);
      this.learn(() => (this.silent = null));
    } catch (error) {
      if (!signal.aborted) this.learn(() => (this.silent = error instanceof ApiError ? null : reasonOf(error)));
    }
  }

  /** Changes the state, and reports the change. */
  private learn(note: () => void): void {
    const before = JSON.stringify([this.deaf, this.silent]);
    note();
    if (this.silent === null && this.deaf === null) this.at = new Date().toISOString();
    if (JSON.stringify([this.deaf, this.silent]) !== before) this.options.changed();
  }
}

function reasonOf(error: unknown): string {
  return withoutPasswords(describeError(error));
}

/** Repeats something, with a pause after each time, until the signal is aborted. */
export async function repeat(work: () => Promise<void>, pause: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
