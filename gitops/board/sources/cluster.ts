import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type KubernetesClient, type KubernetesObject } from "../../../clients/kubernetes";
import { ARGOCD_NAMESPACE } from "../../../components/argocd/installation";
import { describeError } from "../../errors";
import { type Live, observe, readApplication, withoutPasswords } from "../model/application";
import type { BoardEvent, Source } from "../model/board";
import { latest } from "../model/events";

/** How a cluster is watched. */
export interface ClusterOptions {
  readonly environment: string;
  readonly client: Pick<KubernetesClient, "list" | "watch" | "getMetadata">;
  /** Told whenever something else is known. */
  readonly changed: () => void;
  readonly signal: AbortSignal;
  /** How often it is asked whether it is there, in milliseconds. */
  readonly interval: number;
}

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: ARGOCD_NAMESPACE } as const;
const EVENTS = 40;
/** A cluster that says nothing for so long is taken for gone, in milliseconds. */
const PATIENCE = 10_000;

/** A cluster's Applications, followed by a watch; and whether the cluster is there, which a watch does not tell. */
export class ClusterSource {
  private readonly applications = new Map<string, Live>();
  private happened: BoardEvent[] = [];
  /** Why its Applications cannot be followed; undefined: that was not tried to the end yet. */
  private deaf: string | null | undefined;
  /** Why it does not answer at all. */
  private silent: string | null = null;
  private at: string | null = null;

  constructor(private readonly options: ClusterOptions) {}

  /** What is known of its services; the reason where it cannot be asked. */
  get says(): ReadonlyMap<string, Live> | { readonly reason: string } {
    const reason = this.silent ?? (this.deaf === undefined ? "not asked yet" : this.deaf);
    return reason === null ? this.applications : { reason };
  }

  /** When it answered last, and why it does not answer now. */
  get source(): Source {
    return { name: `cluster ${this.options.environment}`, at: this.at, reason: this.silent ?? this.deaf ?? null };
  }

  /** What was seen to happen, newest first. */
  get events(): readonly BoardEvent[] {
    return this.happened;
  }

  /** Follows the cluster until the signal is aborted. Never rejects. */
  async follow(): Promise<void> {
    const { signal, interval } = this.options;
    // A watch ends where the cluster cannot be reached at first, or refuses: then it is begun again.
    await Promise.all([repeat(() => this.watch(), interval, signal), repeat(() => this.ask(), interval, signal)]);
  }

  /** Asks once what is there. Never rejects. */
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
    // A watch does not tell where its first list ends, and of no Applications it tells nothing.
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
    // Of what has the same time, the later comes first too.
    this.happened = latest(EVENTS, seen.reverse(), this.happened);
    this.applications.set(service, now);
  }

  /** Any answer will do, also that these credentials may not ask this. */
  private async ask(): Promise<void> {
    const { client, signal } = this.options;
    const timeout = AbortSignal.any([AbortSignal.timeout(PATIENCE), signal]);
    const silent = new Promise<never>((_, reject) => {
      timeout.addEventListener("abort", () => {
        reject(new Error(`no answer for ${PATIENCE / 1000} s`));
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

  /** Takes note of something, and tells where it changes what the cluster says. */
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

/** Does something again and again, with a pause after each time, until the signal is aborted. */
export async function repeat(work: () => Promise<void>, pause: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
