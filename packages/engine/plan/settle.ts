import { EngineError } from "../model/events";
import { AlreadyExistsError, type Applied, type Diff, type Inputs, type Provider } from "../model/provider";
import { isObject, isWithin, markSecrets, plainInputs, Secret } from "../model/values";
import { recordKey, type ResourceRecord } from "../state/store";
import { hasLost } from "../state/seal";
import { type Goal, label, type Registered } from "../model/resource";
import { done, recordOf, save, stateOf, step, type Run } from "./run";

/** Applies the goal to one object; in a preview, reports what that would take. */
export async function settle(
  run: Run,
  urn: string,
  goal: Goal,
  known: ResourceRecord | undefined,
): Promise<Registered> {
  const provider = await run.providers.forGoal(urn, goal.provider);
  const settlement = new Settlement(run, urn, goal, provider);
  try {
    return await settlement.settle((await settlement.adopt(known)) ?? known);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError(`${label(urn)}: ${(error as Error).message}`);
  }
}

/** How an existing object changes. */
interface Decision extends Diff {
  /** The inputs to apply, after `ignoreChanges`. */
  inputs: Inputs;
}

class Settlement {
  private readonly preview: boolean;

  constructor(
    private readonly run: Run,
    private readonly urn: string,
    private readonly goal: Goal,
    private readonly provider: Provider,
  ) {
    this.preview = run.mode === "preview";
  }

  async settle(old: ResourceRecord | undefined): Promise<Registered> {
    const { goal, run, urn } = this;
    if (old === undefined) {
      if (goal.importId !== undefined) return step(run, "import", urn, [], () => this.import(goal.importId ?? ""));
      return step(run, "create", urn, [], () => this.create(goal.inputs));
    }
    const decision = await this.decide(old);
    if (run.refresh && decision.change === "none") {
      const found = await this.compare(old, decision.inputs);
      if (found === undefined) return step(run, "create", urn, [], () => this.create(decision.inputs));
      if (found.paths.length > 0) return step(run, "update", urn, found.paths, () => this.update(old, found.inputs));
    }
    switch (decision.change) {
      case "none":
        return this.same(old, decision.inputs);
      case "update":
        return step(run, "update", urn, decision.paths, () => this.update(old, decision.inputs));
      case "replace":
        return step(run, "replace", urn, decision.paths, () => this.replace(old, decision));
    }
  }

  /**
   * Decides whether an object is kept, updated or replaced, from the provider's diff and the resource options.
   * @throws EngineError if the resource options forbid the change.
   */
  private async decide(old: ResourceRecord): Promise<Decision> {
    const { goal, run } = this;
    const inputs = keepIgnored(goal, run.seal.open(old.inputs, goal.inputs), goal.inputs);
    const decision = {
      ...(await this.provider.diff(goal.type, stateOf(run, old, inputs), plainInputs(inputs))),
      inputs,
    };
    if (old.provider !== goal.provider) {
      decision.change = "replace";
      decision.paths = ["provider", ...decision.paths];
    } else if (decision.change === "none" && old.unfinished === true) {
      decision.change = "update";
    }
    rejectForbidden(goal, old, decision);
    return decision;
  }

  /**
   * Compares the object itself with the inputs. Undefined if the object is gone.
   * @returns the property paths that differ, and the inputs for an update: those in `ignoreChanges` have the object's
   *   own value
   */
  private async compare(old: ResourceRecord, inputs: Inputs): Promise<{ paths: string[]; inputs: Inputs } | undefined> {
    const { type, ignoreChanges } = this.goal;
    // A secret whose value is not known here cannot be compared.
    if (hasLost(inputs)) return { paths: [], inputs };
    const live = await this.provider.read(type, old.id, plainInputs(inputs));
    if (live === undefined) return undefined;
    // A secret stays the recorded one: the provider's value is not marked as secret.
    const ignored = ignoreChanges.filter((name) => !(inputs[name] instanceof Secret));
    const kept = keepIgnored({ ignoreChanges: ignored }, live.outputs, inputs);
    const paths = await this.provider.differences(type, live, plainInputs(kept));
    return { inputs: kept, paths: paths.filter((path) => !ignoreChanges.some((name) => isWithin(path, name))) };
  }

  /** Adopts the object that an earlier run may have created, if that run was killed during the create. */
  async adopt(known: ResourceRecord | undefined): Promise<ResourceRecord | undefined> {
    const { store, seal } = this.run;
    const pending = store.get(`${this.urn}|creating`);
    if (pending === undefined) return undefined;
    const provider = await this.run.providers.forRecord(pending, (urn) => store.get(urn));
    const found = await provider.read(pending.type, "", plainInputs(seal.open(pending.inputs, this.goal.inputs)));
    const drop = [recordKey(pending), ...(known === undefined ? [] : [recordKey(known)])];
    if (found === undefined) {
      if (!this.preview) store.commit({ drop: [recordKey(pending)] });
      return undefined;
    }
    const outputs = seal.close(markSecrets(found.outputs, this.goal.inputs, found.secretOutputs));
    const adopted: ResourceRecord = { ...pending, id: found.id, outputs, status: "live", unfinished: true };
    if (!this.preview) store.commit({ drop, put: [adopted, ...this.condemn(known, found.id)] });
    return adopted;
  }

  private async same(old: ResourceRecord, inputs: Inputs): Promise<Registered> {
    const { run, urn } = this;
    let outputs = run.seal.open(old.outputs, inputs);
    if (hasLost(outputs)) {
      // The program may need a secret output that only the provider knows.
      const found = await this.provider.read(this.goal.type, old.id, plainInputs(inputs));
      if (found === undefined) return step(run, "create", urn, [], () => this.create(inputs));
      outputs = this.marked(found, inputs);
    } else {
      outputs = markSecrets(outputs, inputs, this.goal.additionalSecretOutputs);
    }
    const record = recordOf(run, urn, this.goal, { id: old.id, inputs, outputs });
    // ignoreChanges keeps the old secret, so its digest is kept too.
    if (!this.preview) save(run, hasLost(inputs) ? { ...record, inputs: old.inputs } : record);
    done(run, "same", urn);
    return { urn, id: old.id, outputs };
  }

  private async create(inputs: Inputs, condemned: ResourceRecord[] = []): Promise<Registered> {
    const { run, urn, goal } = this;
    if (this.preview) {
      const applied = await this.provider.create(goal.type, plainInputs(inputs), { preview: true });
      return { urn, id: "", outputs: this.marked(applied, inputs) };
    }
    const pending: ResourceRecord = {
      ...recordOf(run, urn, goal, { id: "", inputs, outputs: {} }),
      status: "creating",
    };
    run.store.commit({ put: [pending] });
    try {
      const options = { preview: false, signal: run.signal };
      const applied = await this.provider.create(goal.type, plainInputs(inputs), options);
      return this.applied(applied, inputs, { drop: [recordKey(pending)], put: condemned });
    } catch (error) {
      if (error instanceof AlreadyExistsError) run.store.commit({ drop: [recordKey(pending)] });
      throw error;
    }
  }

  private async update(old: ResourceRecord, inputs: Inputs): Promise<Registered> {
    const { run, goal } = this;
    if (!this.preview) save(run, { ...old, unfinished: true });
    const state = stateOf(run, old, inputs);
    const options = { preview: this.preview, signal: run.signal };
    const applied = await this.provider.update(goal.type, state, plainInputs(inputs), options);
    if (this.preview) return { urn: this.urn, id: old.id, outputs: this.marked(applied, inputs) };
    return this.applied(applied, inputs, {});
  }

  private async replace(old: ResourceRecord, { inputs, deleteBeforeReplace }: Decision): Promise<Registered> {
    const { run, urn } = this;
    // A dry run would conflict with the old object, which an apply deletes first.
    if (this.preview && deleteBeforeReplace === true) return { urn, id: "", outputs: inputs };
    if (this.preview || deleteBeforeReplace !== true) return this.create(inputs, this.condemn(old));
    if (old.retainOnDelete !== true) {
      const former = await run.providers.forRecord(old, (provider) => run.store.get(provider));
      await former.delete(old.type, stateOf(run, old), { signal: run.signal });
    }
    run.store.commit({ drop: [recordKey(old)] });
    return this.create(inputs);
  }

  /** As in Pulumi, an import does not change the object, so the program's inputs must match it. */
  private async import(id: string): Promise<Registered> {
    const { goal, run, urn } = this;
    const found = await this.provider.read(goal.type, id, plainInputs(goal.inputs));
    if (found === undefined) throw new EngineError(`${label(urn)}: import: got id ${id}; expected one that exists.`);
    const inputs = keepIgnored(goal, found.outputs, goal.inputs);
    const plain = plainInputs(inputs);
    const there = { type: goal.type, id: found.id, inputs: within(found.outputs, plain), outputs: found.outputs };
    const diff = await this.provider.diff(goal.type, there, plain);
    if (diff.change !== "none") {
      throw new EngineError(
        `${label(urn)}: import: got an object that differs in ${diff.paths.join(", ")}; expected one that matches ` +
          "the inputs. Set the inputs to the object's values, import it, then change it.",
      );
    }
    const outputs = this.marked(found, inputs);
    if (!this.preview) save(run, recordOf(run, urn, goal, { id: found.id, inputs, outputs }));
    return { urn, id: found.id, outputs };
  }

  private applied(applied: Applied, inputs: Inputs, change: { drop?: string[]; put?: ResourceRecord[] }): Registered {
    const outputs = this.marked(applied, inputs);
    const record = recordOf(this.run, this.urn, this.goal, { id: applied.id, inputs, outputs });
    this.run.store.commit({ drop: change.drop ?? [], put: [record, ...(change.put ?? [])] });
    return { urn: this.urn, id: applied.id, outputs };
  }

  private marked(applied: Applied, inputs: Inputs): Inputs {
    const names = [...this.goal.additionalSecretOutputs, ...(applied.secretOutputs ?? [])];
    return markSecrets(applied.outputs, inputs, names);
  }

  /** The record of a replaced object, marked for deletion; empty if the object is the same or is to be retained. */
  private condemn(old: ResourceRecord | undefined, newId?: string): ResourceRecord[] {
    if (old === undefined || old.id === newId || old.retainOnDelete === true) return [];
    const condemned: ResourceRecord = { ...old, status: "condemned" };
    // The replacement was allowed, so the old object is no longer protected.
    delete condemned.protect;
    return [condemned];
  }
}

/** Applies `ignoreChanges`: the inputs with the old value of every input that it names. */
function keepIgnored({ ignoreChanges }: Pick<Goal, "ignoreChanges">, old: Inputs, inputs: Inputs): Inputs {
  const isIgnored = ([name]: [string, unknown]) => ignoreChanges.includes(name);
  const others = Object.entries(inputs).filter((entry) => !isIgnored(entry));
  return Object.fromEntries([...others, ...Object.entries(old).filter(isIgnored)]);
}

function rejectForbidden(goal: Goal, old: ResourceRecord, { change, paths, inputs }: Decision): void {
  if (change === "replace" && goal.protect === true) {
    throw new EngineError(
      `${label(old.urn)}: got a change of ${paths.join(", ")}, which replaces it; expected no replacement, because ` +
        "it is protected. Undo the change, or set protect: false and run up first.",
    );
  }
  if (change !== "none" && hasLost(inputs)) {
    throw new EngineError(
      `${label(old.urn)}: ignoreChanges: got a path to a secret that changed in the program; expected its old value, ` +
        "because the state stores no secrets. Restore the old value in the program, or use the Pulumi CLI.",
    );
  }
}

/** The outputs that have a counterpart in the inputs: a server adds many properties that no program sets. */
function within(outputs: unknown, inputs: Inputs): Inputs {
  const there = isObject(outputs) ? outputs : {};
  const entries = Object.entries(inputs).filter(([key]) => key in there);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, isObject(value) ? within(there[key], value) : there[key]]),
  );
}
