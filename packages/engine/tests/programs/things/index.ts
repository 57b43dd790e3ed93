import * as pulumi from "@pulumi/pulumi";
import { Pair, TestProvider, Thing } from "./thing";

const config = new pulumi.Config();

/** Each scenario is a separate program. It returns the stack's outputs. */
const scenarios: Record<string, () => Record<string, unknown>> = {
  chain() {
    const provider = new TestProvider("provider", { flag: true });
    const pair = new Pair("pair", { providers: [provider] });
    const second = new Thing("second", { value: pair.first.serial }, { provider });
    const third = new Thing("third", { value: "x" }, { provider, dependsOn: second });
    return { serial: second.serial, settings: { list: config.requireObject("list") }, third: third.name };
  },
  secrets() {
    const provider = new TestProvider("provider", { token: config.requireSecret("token") });
    const secret = config.requireSecret("token");
    console.log("from console.log");
    void pulumi.log.warn("from log.warn");
    const first = new Thing("first", { value: secret }, { provider });
    const derived = new Thing(
      "derived",
      { value: { inner: pulumi.interpolate`prefix-${first.value}` } },
      { provider, additionalSecretOutputs: ["serial"] },
    );
    return { token: secret, derived: derived.value, serial: derived.serial };
  },
  many() {
    const provider = new TestProvider("provider");
    for (let index = 0; index < 20; index++) new Thing(`thing-${index}`, { value: index }, { provider });
    return {};
  },
  /** Never ends by itself, and notices by its output that the engine was killed. */
  lasting() {
    setInterval(() => {
      console.log("still here");
    }, 10);
    return scenarios.many?.() ?? {};
  },
  fails() {
    const provider = new TestProvider("provider");
    new Thing("before", {}, { provider });
    throw new pulumi.RunError("replicas: got -1; expected a whole number from 1. Correct Pulumi.test.yaml.");
  },
  hook() {
    const provider = new TestProvider("provider");
    const hook = new pulumi.ResourceHook("before", () => undefined);
    new Thing("hooked", {}, { provider, hooks: { beforeCreate: [hook] } });
    return {};
  },
  "state-options"() {
    const provider = new TestProvider("provider");
    const other = new Thing("other", {}, { provider });
    const options = { aliases: [{ name: "old" }], deleteBeforeReplace: false, deletedWith: other };
    const paths = { replaceOnChanges: ["value"], ignoreChanges: ["value.a"] };
    new Thing("odd", {}, { provider, ...options, ...paths });
    return {};
  },
  options() {
    const provider = new TestProvider("provider");
    const other = new Thing("other", {}, { provider });
    new Thing("odd", {}, { provider, replaceWith: [other], hideDiffs: ["value"], customTimeouts: { create: "5m" } });
    return {};
  },
};

const scenario = scenarios[config.require("scenario")];
if (scenario === undefined) throw new pulumi.RunError("no such scenario");
const outputs = scenario();

export = outputs;
