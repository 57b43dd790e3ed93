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
interface Seen {
  goal: Goal;
  /** The URN that the state had it under, where an alias led to it. */
  formerUrn?: string;
}

/** Takes a program's registrations, one resource at a time, and does with each what the run is for. */
export class Deployment {
  /** Keys of the state's records that the program still has. */
  readonly claimed = new Set<string>();
  /** The stack's outputs, with `Secret` marks. */
  outputs: Record<string, unknown> = {};
  /** Whether the program has run to its end. */
  finished = false;
  private readonly seen = new Map<string, Seen>();

  constructor(private readonly run: Run) {}

  /** Answers one registration. What this does first to last is the life of a resource in a run. */
  async register(requested: Goal): Promise<Registered> {
    const goal = this.inherit(requested);
    const urn = makeUrn(this.run.place, goal);
    if (this.seen.has(urn)) {
      throw new EngineError(
        `${label(urn)}: got it twice; expected one resource of a name and type under one parent. Rename one.`,
      );
    }
    const seen: Seen = { goal };
    this.seen.set(urn, seen);
    await this.run.judge?.resource(urn, goal);
    const registered = await this.proceed(urn, goal, seen);
    this.run.judge?.outputs(urn, registered.outputs);
    return registered;
  }

  private async proceed(urn: string, goal: Goal, seen: Seen): Promise<Registered> {
    const old = this.claim(urn, goal, seen);
    if (isProviderType(goal.type)) return this.provider(urn, goal, old);
    if (!goal.custom) return this.component(urn, goal, old);
    if (this.run.mode === "configure") return this.remembered(urn, goal, old);
    return this.run.limiter.run(() => settle(this.run, urn, goal, old));
  }

  /** Takes the outputs of a component, or of the stack. */
  registerOutputs(urn: string, outputs: Record<string, unknown>): void {
    if (this.seen.get(urn)?.goal.type === STACK_TYPE) this.outputs = outputs;
    this.run.judge?.outputs(urn, outputs);
    const record = this.run.store.get(urn);
    if (this.run.mode === "up" && record !== undefined) {
      this.run.save({ ...record, outputs: this.run.seal.close(outputs) });
    }
  }

  /** Options that Pulumi's engine hands down from the parent where the resource does not set them. */
  private inherit(goal: Goal): Goal {
    const parent = goal.parent === undefined ? undefined : this.seen.get(goal.parent)?.goal;
    const { protect, retainOnDelete, deletedWith } = { ...parent, ...goal };
    return {
      ...goal,
      ...(protect !== undefined && { protect }),
      ...(retainOnDelete !== undefined && { retainOnDelete }),
      ...(deletedWith !== undefined && { deletedWith }),
    };
  }

  /** Finds the resource in the state, under its URN or a former one, which it loses then. */
  private claim(urn: string, goal: Goal, seen: Seen): ResourceRecord | undefined {
    const { store, place, mode } = this.run;
    this.claimed.add(urn);
    const record = store.get(urn);
    if (record !== undefined) return record;
    const formerParent = goal.parent === undefined ? undefined : this.seen.get(goal.parent)?.formerUrn;
    const former = aliasUrns(place, goal, goal.aliases, formerParent).find(
      (alias) => store.get(alias) !== undefined && !this.claimed.has(alias),
    );
    const old = former === undefined ? undefined : store.get(former);
    if (former === undefined || old === undefined) return undefined;
    this.claimed.add(former);
    seen.formerUrn = former;
    const renamed = { ...old, urn, ...this.renamedReferences(goal, old) };
    if (mode === "up") store.commit({ drop: [former], put: [renamed] });
    return renamed;
  }

  /** A provider that was found under a former URN is still the same provider. */
  private renamedReferences(goal: Goal, old: ResourceRecord): { provider?: string } {
    const same = goal.provider !== undefined && this.seen.get(goal.provider)?.formerUrn === old.provider;
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

  /** A resource as the state has it, for a run that is to change none. What the state does not tell is unknown. */
  private remembered(urn: string, goal: Goal, old: ResourceRecord | undefined): Registered {
    const outputs = this.run.seal.open(old?.outputs ?? {}, goal.inputs);
    const told = mapValue(outputs, (leaf) => (leaf === LOST ? UNKNOWN : leaf)) as Record<string, unknown>;
    return { urn, id: old?.id ?? "", outputs: told };
  }

  private finish(record: ResourceRecord, operation: "create" | "update" | "same"): void {
    if (this.run.mode === "configure") return;
    if (this.run.mode === "up") this.run.save(record);
    this.run.done(operation, record.urn);
  }
}
