import { randomUUID } from "node:crypto";
import { EngineError } from "../errors";
import { UNKNOWN } from "../provider";
import { mapValue } from "../protocol/values";
import type { ResourceRecord } from "../state/records";
import { canonicalJson, LOST } from "../state/seal";
import type { Goal, Registered } from "./goal";
import { isProviderType } from "./providers";
import type { Run } from "./run";
import { settle } from "./settle";
import { aliasUrns, label, makeUrn } from "./urn";

const STACK_TYPE = "pulumi:pulumi:Stack";

/** A resource that the program has registered in this run. */
interface RegisteredGoal {
  goal: Goal;
  /** The URN under which the state recorded the resource, if it was found by an alias. */
  formerUrn?: string;
}

/** Handles the registrations of a program, one resource at a time, according to the run's mode. */
export class Deployment {
  /** URNs of the program's resources, including the former URNs of those found by an alias. */
  readonly claimed = new Set<string>();
  /** The stack's outputs, with `Secret` marks. */
  outputs: Record<string, unknown> = {};
  /** Whether the program has run to completion. */
  finished = false;
  private readonly registered = new Map<string, RegisteredGoal>();

  constructor(private readonly run: Run) {}

  /** Handles one registration: finds the resource's record, checks policies, applies the goal, records outputs. */
  async register(requested: Goal): Promise<Registered> {
    const goal = this.inherit(requested);
    const urn = makeUrn(this.run.stack, goal);
    if (this.registered.has(urn)) {
      throw new EngineError(
        `${label(urn)}: got two resources of this name and type under one parent; expected one. Rename one of them.`,
      );
    }
    const entry: RegisteredGoal = { goal };
    this.registered.set(urn, entry);
    await this.run.evaluator?.evaluateResource(urn, goal);
    const registered = await this.process(urn, goal, entry);
    this.run.evaluator?.recordOutputs(urn, registered.outputs);
    return registered;
  }

  private async process(urn: string, goal: Goal, entry: RegisteredGoal): Promise<Registered> {
    const old = this.claim(urn, goal, entry);
    if (isProviderType(goal.type)) return this.provider(urn, goal, old);
    if (!goal.custom) return this.component(urn, goal, old);
    if (this.run.mode === "configure") return this.fromState(urn, goal, old);
    return this.run.limiter.run(() => settle(this.run, urn, goal, old));
  }

  /** Records the outputs of a component or of the stack. */
  registerOutputs(urn: string, outputs: Record<string, unknown>): void {
    if (this.registered.get(urn)?.goal.type === STACK_TYPE) this.outputs = outputs;
    this.run.evaluator?.recordOutputs(urn, outputs);
    const record = this.run.store.get(urn);
    if (this.run.mode === "up" && record !== undefined) {
      this.run.save({ ...record, outputs: this.run.seal.close(outputs) });
    }
  }

  /** Adds the options that, as in Pulumi's engine, a resource inherits from its parent if it does not set them. */
  private inherit(goal: Goal): Goal {
    const parent = goal.parent === undefined ? undefined : this.registered.get(goal.parent)?.goal;
    const { protect, retainOnDelete, deletedWith } = { ...parent, ...goal };
    return {
      ...goal,
      ...(protect !== undefined && { protect }),
      ...(retainOnDelete !== undefined && { retainOnDelete }),
      ...(deletedWith !== undefined && { deletedWith }),
    };
  }

  /** Finds the resource's record by its URN or a former one. In an `up`, the record moves to the current URN. */
  private claim(urn: string, goal: Goal, entry: RegisteredGoal): ResourceRecord | undefined {
    const { store, stack, mode } = this.run;
    this.claimed.add(urn);
    const record = store.get(urn);
    if (record !== undefined) return record;
    const formerParent = goal.parent === undefined ? undefined : this.registered.get(goal.parent)?.formerUrn;
    const former = aliasUrns(stack, goal, goal.aliases, formerParent).find(
      (alias) => store.get(alias) !== undefined && !this.claimed.has(alias),
    );
    const old = former === undefined ? undefined : store.get(former);
    if (former === undefined || old === undefined) return undefined;
    this.claimed.add(former);
    entry.formerUrn = former;
    const renamed = { ...old, urn, ...this.renamedReferences(goal, old) };
    if (mode === "up") store.commit({ drop: [former], put: [renamed] });
    return renamed;
  }

  /** Updates the reference to a provider that was found under a former URN: it is still the same provider. */
  private renamedReferences(goal: Goal, old: ResourceRecord): { provider?: string } {
    const same = goal.provider !== undefined && this.registered.get(goal.provider)?.formerUrn === old.provider;
    return same && old.provider !== undefined && goal.provider !== undefined ? { provider: goal.provider } : {};
  }

  private async provider(urn: string, goal: Goal, old: ResourceRecord | undefined): Promise<Registered> {
    await this.run.providers.configure(urn, goal.type, goal.inputs);
    const id = old?.id ?? randomUUID();
    const record = this.run.record(urn, goal, { id, inputs: goal.inputs, outputs: goal.inputs });
    const changed = old !== undefined && canonicalJson(old.inputs) !== canonicalJson(record.inputs);
    this.finish(record, old === undefined ? "create" : changed ? "update" : "same");
    return { urn, id, outputs: goal.inputs };
  }

  private component(urn: string, goal: Goal, old: ResourceRecord | undefined): Registered {
    const record = this.run.record(urn, goal, { id: "", inputs: {}, outputs: {} });
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
    if (this.run.mode === "up") this.run.save(record);
    this.run.done(operation, record.urn);
  }
}
