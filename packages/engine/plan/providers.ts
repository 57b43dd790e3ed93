import { EngineError } from "../model/events";
import type { Provider, ProviderFactory } from "../model/provider";
import { plainInputs } from "../model/values";
import { hasLost, type Seal } from "../state/seal";
import type { ResourceRecord } from "../state/store";
import { label } from "../model/resource";

const PREFIX = "pulumi:providers:";

/** Whether this is the type token of a provider. */
export function isProviderType(type: string): boolean {
  return type.startsWith(PREFIX);
}

/** The configured providers of a run. */
export class Providers {
  private readonly configured = new Map<string, Promise<Provider>>();

  /** @param factories Provider factories by package name, for example `kubernetes`. */
  constructor(
    private readonly factories: Record<string, ProviderFactory>,
    private readonly seal: Seal,
  ) {}

  /** Creates a provider that the program registers. Throws if the engine has no provider for the package. */
  async configure(urn: string, type: string, inputs: Record<string, unknown>): Promise<void> {
    await this.make(urn, type, inputs);
  }

  /** The provider of a resource of the program. Throws if the resource has none: this engine has no default ones. */
  async forGoal(urn: string, provider: string | undefined): Promise<Provider> {
    if (provider === undefined) {
      throw new EngineError(
        `${label(urn)}: got no provider; expected an explicit one. ` +
          "Pass { provider } in its options or in its parent's.",
      );
    }
    const configured = this.configured.get(provider);
    if (configured === undefined) {
      throw new EngineError(
        `${label(urn)}: got provider ${label(provider)}, which is not registered; expected a registered one.`,
      );
    }
    return configured;
  }

  /**
   * The provider of an object in the state. If the provider is no longer in the program, it is created from its
   * recorded inputs. Throws if these contain a secret, because the state stores no secrets.
   * @param find Returns the record of a URN.
   */
  async forRecord(record: ResourceRecord, find: (urn: string) => ResourceRecord | undefined): Promise<Provider> {
    const urn = record.provider ?? "";
    const configured = this.configured.get(urn);
    if (configured !== undefined) return configured;
    const stored = find(urn);
    const inputs = stored && this.seal.open(stored.inputs, {});
    if (stored === undefined || inputs === undefined || hasLost(inputs)) {
      throw new EngineError(
        `${label(record.urn)}: got provider ${label(urn)}, which left the program, and the state does not store its ` +
          "secrets; expected the provider in the program until its resources are deleted. " +
          "Put it back, run up, then remove it.",
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
              `${label(urn)}: got package ${name}; expected ${Object.keys(this.factories).sort().join(" or ")}. ` +
                "Use the Pulumi CLI for other packages.",
            ),
          )
        : factory(plainInputs(inputs));
    this.configured.set(urn, provider);
    return provider;
  }
}
