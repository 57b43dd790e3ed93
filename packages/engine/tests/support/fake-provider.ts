import {
  AlreadyExistsError,
  type Applied,
  type ApplyOptions,
  type DeleteOptions,
  type Diff,
  type Inputs,
  type Provider,
  type ProviderFactory,
  type ResourceState,
  UNKNOWN,
} from "../../model/provider";
import { canonicalJson } from "../../state/seal";

/**
 * An in-memory provider. An object's id is its input `name`. A change of `name` or `fixed` replaces the object. Only
 * the provider knows the output `serial`.
 */
export class FakeProvider implements Provider {
  /** The objects that exist, by id. */
  readonly objects = new Map<string, Inputs>();
  /** All operations that change something, as `verb id`. */
  readonly calls: string[] = [];
  /** Maximum number of operations that ran at once. */
  mostAtOnce = 0;
  /** Called before an operation; may wait or throw. */
  before: (call: string) => Promise<void> | void = () => undefined;
  /** Called after an operation has taken effect, before it returns. */
  after: (call: string) => Promise<void> | void = () => undefined;
  /** How many times objects were read. */
  reads = 0;
  /** The signal that was passed to each deletion. */
  readonly deleteSignals: (AbortSignal | undefined)[] = [];
  private running = 0;

  /** A provider factory that always returns this provider. */
  readonly factory: ProviderFactory = (inputs) => {
    this.configured.push(inputs);
    return Promise.resolve(this);
  };
  /** The inputs of each provider that was created. */
  readonly configured: Inputs[] = [];

  diff(_type: string, old: ResourceState, inputs: Inputs): Promise<Diff> {
    const keys = [...new Set([...Object.keys(old.inputs), ...Object.keys(inputs)])];
    const text = (value: unknown) => canonicalJson(value === UNKNOWN ? { unknown: true } : value);
    const paths = keys.filter((key) => text(old.inputs[key]) !== text(inputs[key]));
    const replaces = paths.includes("name") || paths.includes("fixed");
    const change = paths.length === 0 ? "none" : replaces ? "replace" : "update";
    return Promise.resolve({ change, paths, deleteBeforeReplace: paths.includes("fixed") });
  }

  async create(_type: string, inputs: Inputs, { preview }: ApplyOptions): Promise<Applied> {
    const id = String(inputs.name);
    if (preview) return { id: "", outputs: { ...inputs, serial: UNKNOWN } };
    return this.change(`create ${id}`, () => {
      if (this.objects.has(id)) throw new AlreadyExistsError(`${id} exists`);
      return this.put(id, inputs);
    });
  }

  async update(_type: string, old: ResourceState, inputs: Inputs, { preview }: ApplyOptions): Promise<Applied> {
    if (preview) return { id: old.id, outputs: { ...inputs, serial: old.outputs.serial } };
    return this.change(`update ${old.id}`, () => this.put(old.id, inputs));
  }

  read(_type: string, id: string, inputs: Inputs): Promise<Applied | undefined> {
    this.reads += 1;
    const found = id === "" ? String(inputs.name) : id;
    const outputs = this.objects.get(found);
    return Promise.resolve(outputs && { id: found, outputs });
  }

  differences(_type: string, { outputs }: Applied, inputs: Inputs): Promise<string[]> {
    const differs = (key: string) => canonicalJson(outputs[key]) !== canonicalJson(inputs[key]);
    return Promise.resolve(Object.keys(inputs).filter(differs));
  }

  async delete(_type: string, { id }: ResourceState, { signal }: DeleteOptions = {}): Promise<void> {
    this.deleteSignals.push(signal);
    await this.change(`delete ${id}`, () => this.objects.delete(id));
  }

  private put(id: string, inputs: Inputs): Applied {
    const outputs = { ...inputs, serial: `serial-${id}` };
    this.objects.set(id, outputs);
    return { id, outputs };
  }

  private async change<T>(call: string, effect: () => T): Promise<T> {
    this.running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    try {
      await this.before(call);
      const result = effect();
      this.calls.push(call);
      await this.after(call);
      return result;
    } finally {
      this.running -= 1;
    }
  }
}
