import type PQueue from "p-queue";
import type { Counts, EngineEvent, Operation } from "../model/events";
import type { PolicyEvaluator } from "../policy/evaluator";
import type { ResourceState } from "../model/provider";
import { plainInputs } from "../model/values";
import { recordKey, type ResourceRecord, type StateStore } from "../state/store";
import { canonicalJson, type Seal } from "../state/seal";
import { type Goal, type StackId, urnName, urnType } from "../model/resource";
import type { Providers } from "./providers";

/**
 * What a run does with the program's resources: `up` applies them, `preview` reports what it would do, `configure` only
 * creates their providers, which a destroy needs.
 */
export type Mode = "up" | "preview" | "configure";

/** The shared context of one run. */
export interface Run {
  mode: Mode;
  stack: StackId;
  store: StateStore;
  seal: Seal;
  providers: Providers;
  /** Runs the operations on resources. After `pause()`, those in progress finish and no other starts. */
  queue: PQueue;
  report: (event: EngineEvent) => void;
  signal: AbortSignal | undefined;
  /** Evaluates a policy pack on the registered resources; unset without a pack. */
  evaluator: PolicyEvaluator | undefined;
  /** Whether resources are compared with the objects themselves, and not only with the recorded state. */
  refresh: boolean;
  /** Number of resources per operation. */
  counts: Counts;
}

/** Runs an operation, reports its end, and counts it if it succeeds. */
export async function step<T>(
  run: Run,
  operation: Operation,
  urn: string,
  paths: string[],
  task: () => Promise<T>,
): Promise<T> {
  try {
    const result = await task();
    done(run, operation, urn, paths);
    return result;
  } catch (error) {
    run.report({ ...eventOf(operation, urn, paths), status: "failed" });
    throw error;
  }
}

/** Reports and counts a completed operation (in a preview: one that would be done). */
export function done(run: Run, operation: Operation, urn: string, paths: string[] = [], retained = false): void {
  run.counts[operation] += 1;
  run.report({ ...eventOf(operation, urn, paths), status: "done", ...(retained && { retained }) });
}

function eventOf(operation: Operation, urn: string, paths: string[]) {
  return { kind: "resource", operation, urn, type: urnType(urn), name: urnName(urn), paths } as const;
}

/** Writes the record to the state if it has changed. */
export function save({ store }: Run, record: ResourceRecord): void {
  if (canonicalJson(store.get(recordKey(record))) !== canonicalJson(record)) store.commit({ put: [record] });
}

/** Creates the record of a resource that was applied. Secrets are stored as digests. */
export function recordOf(
  { seal }: Run,
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
    inputs: seal.close(applied.inputs),
    outputs: seal.close(applied.outputs),
    ...(goal.parent !== undefined && { parent: goal.parent }),
    ...(goal.provider !== undefined && { provider: goal.provider }),
    dependencies: goal.dependencies,
    ...(goal.protect === true && { protect: true }),
    ...(goal.retainOnDelete === true && { retainOnDelete: true }),
  };
}

/**
 * Converts a record to the form that providers take.
 * @param current The program's current inputs, which unseal the secrets that have not changed.
 */
export function stateOf({ seal }: Run, record: ResourceRecord, current: Record<string, unknown> = {}): ResourceState {
  return {
    type: record.type,
    id: record.id,
    inputs: plainInputs(seal.open(record.inputs, current)),
    outputs: plainInputs(seal.open(record.outputs, {})),
  };
}
