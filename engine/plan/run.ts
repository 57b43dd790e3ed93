import { noCounts, type Counts, type EngineEvent, type Operation } from "../events";
import { recordKey, type ResourceRecord } from "../state/records";
import { canonicalJson, type Seal } from "../state/seal";
import type { StateStore } from "../state/store";
import type { Judge } from "../policy/judge";
import type { Goal } from "./goal";
import type { Limiter } from "./limiter";
import type { Providers } from "./providers";
import { urnName, urnType, type Place } from "./urn";

/**
 * What a run does with the program's resources: `up` applies them, `preview` tells what it would do, `configure` sets
 * up their providers and nothing else, which is what a destroy needs.
 */
export type Mode = "up" | "preview" | "configure";

/** What the parts of one run share. */
export class Run {
  /** Resources by what was done to them. */
  readonly counts: Counts = noCounts();

  constructor(
    readonly mode: Mode,
    readonly place: Place,
    readonly store: StateStore,
    readonly seal: Seal,
    readonly providers: Providers,
    readonly limiter: Limiter,
    readonly report: (event: EngineEvent) => void,
    readonly signal?: AbortSignal,
    /** Holds what is registered against a policy pack. */
    readonly judge?: Judge,
    /** Whether the objects themselves are compared too, and not only what the state remembers of them. */
    readonly refresh = false,
  ) {}

  /** The same run with another purpose, counted apart. */
  as(mode: Mode): Run {
    return new Run(
      mode,
      this.place,
      this.store,
      this.seal,
      this.providers,
      this.limiter,
      this.report,
      this.signal,
      this.judge,
      this.refresh,
    );
  }

  /** Reports the operation's begin and end, and counts it. */
  async step<T>(operation: Operation, urn: string, paths: string[], task: () => Promise<T>): Promise<T> {
    const event = { kind: "resource", operation, urn, type: urnType(urn), name: urnName(urn), paths } as const;
    if (this.mode === "up") this.report({ ...event, status: "running" });
    try {
      const result = await task();
      this.done(operation, urn, paths);
      return result;
    } catch (error) {
      this.report({ ...event, status: "failed" });
      throw error;
    }
  }

  /** Reports and counts an operation that has happened, or in a preview would. */
  done(operation: Operation, urn: string, paths: string[] = [], retained = false): void {
    this.counts[operation] += 1;
    const event = {
      kind: "resource",
      status: "done",
      operation,
      urn,
      type: urnType(urn),
      name: urnName(urn),
      paths,
    } as const;
    this.report(retained ? { ...event, retained } : event);
  }

  /** Puts the record on disk where it differs from what is there. */
  save(record: ResourceRecord): void {
    if (canonicalJson(this.store.get(recordKey(record))) !== canonicalJson(record))
      this.store.commit({ put: [record] });
  }

  /** A live record of a resource as the program wants it, secrets as digests. */
  record(
    urn: string,
    goal: Goal,
    applied: { id: string; inputs: Record<string, unknown>; outputs: Record<string, unknown> },
  ): ResourceRecord {
    return {
      urn,
      type: goal.type,
      custom: goal.custom,
      id: applied.id,
      status: "live",
      inputs: this.seal.close(applied.inputs),
      outputs: this.seal.close(applied.outputs),
      ...(goal.parent !== undefined && { parent: goal.parent }),
      ...(goal.provider !== undefined && { provider: goal.provider }),
      dependencies: goal.dependencies,
      ...(goal.protect === true && { protect: true }),
      ...(goal.retainOnDelete === true && { retainOnDelete: true }),
      ...(goal.deletedWith !== undefined && { deletedWith: goal.deletedWith }),
    };
  }
}
