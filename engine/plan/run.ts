import { noCounts, type Counts, type EngineEvent, type Operation } from "../events";
import { recordKey, type ResourceRecord } from "../state/records";
import { canonicalJson, type Seal } from "../state/seal";
import type { StateStore } from "../state/store";
import type { PolicyEvaluator } from "../policy/evaluator";
import type { Goal } from "./goal";
import type { Limiter } from "./limiter";
import type { Providers } from "./providers";
import { urnName, urnType, type StackId } from "./urn";

/**
 * What a run does with the program's resources: `up` applies them, `preview` reports what it would do, `configure` only
 * creates their providers, which a destroy needs.
 */
export type Mode = "up" | "preview" | "configure";

/** The shared context of one run. */
export class Run {
  /** Number of resources per operation. */
  readonly counts: Counts = noCounts();

  constructor(
    readonly mode: Mode,
    readonly stack: StackId,
    readonly store: StateStore,
    readonly seal: Seal,
    readonly providers: Providers,
    readonly limiter: Limiter,
    readonly report: (event: EngineEvent) => void,
    readonly signal?: AbortSignal,
    /** Evaluates a policy pack on the registered resources; unset without a pack. */
    readonly evaluator?: PolicyEvaluator,
    /** Whether resources are compared with the objects themselves, and not only with the recorded state. */
    readonly refresh = false,
  ) {}

  /** The same run in another mode, with its own counts. */
  as(mode: Mode): Run {
    return new Run(
      mode,
      this.stack,
      this.store,
      this.seal,
      this.providers,
      this.limiter,
      this.report,
      this.signal,
      this.evaluator,
      this.refresh,
    );
  }

  /** Runs an operation, reports its start and end, and counts it if it succeeds. */
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

  /** Reports and counts a completed operation (in a preview: one that would be done). */
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

  /** Writes the record to the state if it has changed. */
  save(record: ResourceRecord): void {
    if (canonicalJson(this.store.get(recordKey(record))) !== canonicalJson(record))
      this.store.commit({ put: [record] });
  }

  /** Creates the record of a resource that was applied. Secrets are stored as digests. */
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
