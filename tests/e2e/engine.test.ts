/** The program under the local engine with real API servers: a second run changes nothing, and settings take effect. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";
import { engine, environmentOf, paths, upChangesNothing } from "./support/platform";

type Config = Record<string, unknown>;

/** Changes a stack file of the sandbox. */
async function configure(file: string, change: (config: Config) => void): Promise<void> {
  const stack = parse(await readFile(file, "utf8")) as { config: Config };
  change(stack.config);
  await writeFile(file, stringify(stack));
}

/** The resources in the state, except the stack itself, whose outputs the SDK removes if the program fails. */
async function resources(stateFile: string): Promise<unknown[]> {
  const state = JSON.parse(await readFile(stateFile, "utf8")) as { resources: { type: string }[] };
  return state.resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");
}

describe("the program", () => {
  for (const environment of environmentNames) {
    it(`changes nothing in ${environment} on a second up`, async () => {
      const same = await upChangesNothing(environment);
      assert.ok(same > 60, `only ${same} resources`);
    });
  }

  it("applies a changed Argo CD parameter to the running process", async () => {
    const { stackFile } = paths.environments.dev;
    const before = await readFile(stackFile, "utf8");
    const variable = "ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS";
    const set = (await environmentOf("dev-argocd-application-controller")).get(variable);
    assert.notEqual(set, "23");
    try {
      await configure(stackFile, (config) => {
        const argocd = config["gitops-platform:argocd"] as { parameters: Config };
        argocd.parameters["controller.status.processors"] = "23";
      });
      const { exitCode, all } = await engine("up", "dev");
      assert.equal(exitCode, 0, all);
      await until("the controller's new setting", async () => {
        const seen = (await environmentOf("dev-argocd-application-controller")).get(variable);
        return seen === "23" ? { done: true } : { waitingFor: `${variable} is ${seen ?? "unset"}` };
      });
    } finally {
      await writeFile(stackFile, before);
      await engine("up", "dev");
    }
  });

  it("reports all invalid settings at once, and applies nothing", async () => {
    const { stackFile, stateFile } = paths.environments.dev;
    const [before, known] = [await readFile(stackFile, "utf8"), await resources(stateFile)];
    try {
      await configure(stackFile, (config) => {
        config["gitops-platform:contxt"] = "dev";
        config["gitops-platform:delivery"] = { sync: "automatic" };
      });
      const { exitCode, all } = await engine("up", "dev");
      assert.equal(exitCode, 1);
      assert.match(all, /contxt.*context/s);
      assert.match(all, /delivery\.sync: got "?automatic"?; expected one of auto, manual/);
      assert.doesNotMatch(all, /^\s+at .*:\d+:\d+/m);
      assert.deepEqual(await resources(stateFile), known);
    } finally {
      await writeFile(stackFile, before);
    }
  });
});
