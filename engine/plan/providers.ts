import { EngineError } from "../errors";
import type { Provider, ProviderFactory } from "../provider";
import { plainInputs } from "../protocol/values";
import { hasLost, type Seal } from "../state/seal";
import type { ResourceRecord } from "../state/records";
import { label } from "./urn";

const PREFIX = "pulumi:providers:";

/** Whether a type token is that of a provider. */
export function isProviderType(type: string): boolean {
  return type.startsWith(PREFIX);
}

/** The configured providers of a run, by URN. */
export class Providers {
  private readonly configured = new Map<string, Promise<Provider>>();

  /** @param factories Maker of a provider by package name, for example `kubernetes`. */
  constructor(
    private readonly factories: Record<string, ProviderFactory>,
    private readonly seal: Seal,
  ) {}

  /** Sets up a provider that the program registers. Throws where the engine has none for the package. */
  async configure(urn: string, type: string, inputs: Record<string, unknown>): Promise<void> {
    await this.make(urn, type, inputs);
  }

  /** The provider that a program's resource names. Throws where it names none: there are no default providers here. */
  async forGoal(urn: string, provider: string | undefined): Promise<Provider> {
    if (provider === undefined) {
      throw new EngineError(
        `${label(urn)}: got no provider; expected an explicit one. Pass { provider } in its options or in its parent's.`,
      );
    }
    const configured = this.configured.get(provider);
    if (configured === undefined)
      throw new EngineError(`${label(urn)}: its provider ${label(provider)} is not registered.`);
    return configured;
  }

  /**
   * The provider of an object in the state. Where the program no longer has it, it is set up as it last was, unless a
   * secret was among its inputs.
   * @param find Gives the record of a URN.
   */
  async forRecord(record: ResourceRecord, find: (urn: string) => ResourceRecord | undefined): Promise<Provider> {
    const urn = record.provider ?? "";
    const configured = this.configured.get(urn);
    if (configured !== undefined) return configured;
    const stored = find(urn);
    const inputs = stored && this.seal.open(stored.inputs, {});
    if (stored === undefined || inputs === undefined || hasLost(inputs)) {
      throw new EngineError(
        `${label(record.urn)}: its provider ${label(urn)} left the program, and the state does not hold its secrets; ` +
          "expected the provider to be there until its resources are deleted. Put it back, run up, then remove it.",
      );
    }
    return this.make(urn, stored.type, inputs);
  }

  private make(urn: string, type: string, inputs: Record<string, unknown>): Promise<Provider> {
    const name = type.slice(PREFIX.length);
    const factory = this.factories[name];
    const provider =
      factory === undefined
        ? Promise.reject(
            new EngineError(
              `${label(urn)}: got package ${name}; the local engine has ${Object.keys(this.factories).sort().join(", ")}. ` +
                "Use the Pulumi CLI for other packages.",
            ),
          )
        : factory(plainInputs(inputs));
    this.configured.set(urn, provider);
    return provider;
  }
}
