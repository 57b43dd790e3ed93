import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { ARGOCD_NAMESPACE } from "@gitops-platform/components/argocd/installation";
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
  private recent: BoardEvent[] = [];
  /** Why its Applications cannot be watched; null: they are; undefined: they were not read yet. */
  private watchProblem: string | null | undefined;
  /** Why it does not respond at all. */
  private pingProblem: string | null = null;
  private at: string | null = null;

  constructor(private readonly options: ClusterOptions) {}

  /** The live state of its services; or the reason why it cannot be read. */
  get state(): ReadonlyMap<string, LiveState> | { readonly reason: string } {
    const reason = this.pingProblem ?? (this.watchProblem === undefined ? "not read yet" : this.watchProblem);
    return reason === null ? this.applications : { reason };
  }

  get source(): Source {
    return {
      name: `cluster ${this.options.environment}`,
      at: this.at,
      reason: this.pingProblem ?? this.watchProblem ?? null,
    };
  }

  /** Newest first. */
  get events(): readonly BoardEvent[] {
    return this.recent;
  }

  /** Follows the cluster until the signal is aborted. Never rejects. */
  async follow(): Promise<void> {
    const { signal, interval } = this.options;
    // A watch ends if the cluster cannot be reached or refuses it, so it is started again.
    await Promise.all([repeat(() => this.watch(), interval, signal), repeat(() => this.ping(), interval, signal)]);
  }

  /** Lists the Applications once. Never rejects. */
  async once(): Promise<void> {
    const { apiVersion, kind, namespace } = APPLICATION;
    try {
      const listed = await this.options.client.list(apiVersion, kind, { namespace });
      const names = new Set(listed.map(({ metadata }) => metadata.name));
      for (const name of this.applications.keys()) if (!names.has(name)) this.applications.delete(name);
      for (const application of listed) this.observe(application);
      this.update(() => (this.watchProblem = null));
    } catch (error) {
      this.update(() => (this.watchProblem = reasonOf(error)));
    }
  }

  private async watch(): Promise<void> {
    const { client, signal } = this.options;
    const { apiVersion, kind, namespace } = APPLICATION;
    // A watch does not mark the end of its first list, and reports nothing if the list is empty.
    await this.once();
    if (this.watchProblem !== null) return;
    try {
      for await (const { type, object } of client.watch(apiVersion, kind, { namespace, signal })) {
        if (type === "DELETED") this.applications.delete(object.metadata.name);
        else this.observe(object);
        this.at = new Date().toISOString();
        this.options.changed();
      }
    } catch (error) {
      this.update(() => (this.watchProblem = reasonOf(error)));
    }
  }

  private observe(application: KubernetesObject): void {
    const service = application.metadata.name;
    const observation = { environment: this.options.environment, service, at: new Date().toISOString() };
    const before = this.applications.get(service);
    const now = readApplication(application, before);
    const seen = observe(before, now, observation);
    // Events with the same time are newest first, too.
    this.recent = latest(EVENTS, seen.reverse(), this.recent);
    this.applications.set(service, now);
  }

  /** Any response counts, also one that these credentials are not permitted. */
  private async ping(): Promise<void> {
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
      this.update(() => (this.pingProblem = null));
    } catch (error) {
      if (!signal.aborted) this.update(() => (this.pingProblem = error instanceof ApiError ? null : reasonOf(error)));
    }
  }

  /** Changes the state, and reports the change. */
  private update(note: () => void): void {
    const before = JSON.stringify([this.watchProblem, this.pingProblem]);
    note();
    if (this.pingProblem === null && this.watchProblem === null) this.at = new Date().toISOString();
    if (JSON.stringify([this.watchProblem, this.pingProblem]) !== before) this.options.changed();
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
