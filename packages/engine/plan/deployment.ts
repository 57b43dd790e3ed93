import { randomUUID } from "node:crypto";
import { EngineError } from "../model/events";
import { UNKNOWN } from "../model/provider";
import { mapValue } from "../model/values";
import type { ResourceRecord } from "../state/store";
import { canonicalJson, LOST } from "../state/seal";
import { type Goal, label, makeUrn, type Registered, STACK_TYPE } from "../model/resource";
import { isProviderType } from "./providers";
import { done, recordOf, save, type Run } from "./run";
import { settle } from "./settle";

/** Handles the registrations of a program, one resource at a time, according to the run's mode. */
export class Deployment {
  /** The program's resources by URN. */
  readonly goals = new Map<string, Goal>();
  /** The stack's outputs, with `Secret` marks. */
  outputs: Record<string, unknown> = {};
  /** Whether the program has run to completion. */
  finished = false;

  constructor(private readonly run: Run) {}

  /** Handles one registration: checks policies, applies the goal, records outputs. */
  async register(requested: Goal): Promise<Registered> {
    const goal = this.inherit(requested);
    const urn = makeUrn(this.run.stack, goal);
    if (this.goals.has(urn)) {
      throw new EngineError(
        `${label(urn)}: got two resources of this name and type under one parent; expected one. Rename one of them.`,
      );
    }
    this.goals.set(urn, goal);
    await this.run.evaluator?.evaluateResource(urn, goal);
    const registered = await this.process(urn, goal);
    this.run.evaluator?.recordOutputs(urn, registered.outputs);
    return registered;
  }

  private async process(urn: string, goal: Goal): Promise<Registered> {
    const old = this.run.store.get(urn);
    if (isProviderType(goal.type)) return this.provider(urn, goal, old);
    if (!goal.custom) return this.component(urn, goal, old);
    if (this.run.mode === "configure") return this.fromState(urn, goal, old);
    return this.run.queue.add(() => settle(this.run, urn, goal, old));
  }

  /** Records the outputs of a component or of the stack. */
  registerOutputs(urn: string, outputs: Record<string, unknown>): void {
    if (this.goals.get(urn)?.type === STACK_TYPE) this.outputs = outputs;
    this.run.evaluator?.recordOutputs(urn, outputs);
    const record = this.run.store.get(urn);
    if (this.run.mode === "up" && record !== undefined) {
      save(this.run, { ...record, outputs: this.run.seal.close(outputs) });
    }
  }

  /** Adds the options that, as in Pulumi's engine, a resource inherits from its parent if it does not set them. */
  private inherit(goal: Goal): Goal {
    const parent = goal.parent === undefined ? undefined : this.goals.get(goal.parent);
    const { protect, retainOnDelete } = { ...parent, ...goal };
    return {
      ...goal,
      ...(protect !== undefined && { protect }),
      ...(retainOnDelete !== undefined && { retainOnDelete }),
    };
  }

  private async provider(urn: string, goal: Goal, old: ResourceRecord | undefined): Promise<Registered> {
    await this.run.providers.configure(urn, goal.type, goal.inputs);
    const id = old?.id ?? randomUUID();
    const record = recordOf(this.run, urn, goal, { id, inputs: goal.inputs, outputs: goal.inputs });
    const changed = old !== undefined && canonicalJson(old.inputs) !== canonicalJson(record.inputs);
    this.finish(record, old === undefined ? "create" : changed ? "update" : "same");
    return { urn, id, outputs: goal.inputs };
  }

  private component(urn: string, goal: Goal, old: ResourceRecord | undefined): Registered {
    const record = recordOf(this.run, urn, goal, { id: "", inputs: {}, outputs: {} });
    this.finish({ ...record, outputs: old?.outputs ?? {} }, old === undefined ? "create" : "same");
    return { urn, id: "", outputs: {} };
  }

  /** Returns a resource as recorded in the state, for a run that changes nothing. Lost secrets become unknown. */
  private fromState(urn: string, goal: Goal, old: ResourceRecord | undefined): Registered {
    const recorded = this.run.seal.open(old?.outputs ?? {}, goal.inputs);
    const outputs = mapValue(recorded, (leaf) => (leaf === LOST ? UNKNOWN : leaf)) as Record<string, unknown>;
    return { urn, id: old?.id ?? "", outputs };
  }

  private finish(record: ResourceRecord, operation: "create" | "update" | "same"): void {
    if (this.run.mode === "configure") return;
    if (this.run.mode === "up") save(this.run, record);
    done(this.run, operation, record.urn);
  }
}
