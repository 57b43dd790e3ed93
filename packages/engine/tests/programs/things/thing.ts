import * as pulumi from "@pulumi/pulumi";

/** The provider of the package `test`. */
export class TestProvider extends pulumi.ProviderResource {
  constructor(name: string, args: Record<string, pulumi.Input<unknown>> = {}) {
    super("test", name, args);
  }
}

/** A resource whose outputs are its inputs and `serial`, which the fake provider adds. */
export class Thing extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly value: pulumi.Output<unknown>;
  declare readonly serial: pulumi.Output<string>;

  constructor(name: string, args: Record<string, pulumi.Input<unknown>>, options?: pulumi.CustomResourceOptions) {
    super("test:index:Thing", name, { name, value: undefined, serial: undefined, ...args }, options);
  }
}

/** A component with one child. */
export class Pair extends pulumi.ComponentResource {
  readonly first: Thing;

  constructor(name: string, options?: pulumi.ComponentResourceOptions) {
    super("things:index:Pair", name, {}, options);
    this.first = new Thing(`${name}-first`, { value: 1 }, { parent: this });
    this.registerOutputs({ serial: this.first.serial });
  }
}
