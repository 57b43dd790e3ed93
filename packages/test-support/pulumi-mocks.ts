import type * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it: its inputs with secrets unwrapped. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** The top-level inputs that were secret, or held a secret. */
  readonly secrets: readonly string[];
}

// How Pulumi's protocol marks a secret value: sdk/go/common/resource/sig/sig.go of pulumi/pulumi.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function isSecret(value: unknown): value is { value: unknown } {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[SIGNATURE] === SECRET;
}

function unwrap(value: unknown): unknown {
  return isSecret(value) ? value.value : value;
}

/** What a run registered, in order of registration. Mocks do not tell options such as protect: see recordedOptions. */
export class Recorder implements pulumi.runtime.Mocks {
  readonly resources: Registered[] = [];

  newResource(args: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    const given = args.inputs as Record<string, unknown>;
    const inputs = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, unwrap(value)]));
    const secrets = Object.keys(given).filter((key) => isSecret(given[key]));
    this.resources.push({ type: args.type, name: args.name, inputs, secrets });
    // What GitHub says of a new repository, in an organisation that has its own name for the first branch.
    const told = args.type === "github:index/repository:Repository" ? { defaultBranch: "trunk" } : {};
    return { id: `${args.name}-id`, state: { ...told, ...inputs } };
  }

  call(): Record<string, unknown> {
    return {};
  }

  /** The one resource of that type and name. */
  find(type: string, name: string): Registered {
    const [found, ...more] = this.resources.filter((resource) => resource.type === type && resource.name === name);
    if (!found || more.length > 0) throw new Error(`${found ? more.length + 1 : 0} resources are ${type} ${name}`);
    return found;
  }

  /** The names of the resources of a type, sorted. */
  names(type: string): string[] {
    return this.resources
      .filter((resource) => resource.type === type)
      .map(({ name }) => name)
      .sort();
  }
}
