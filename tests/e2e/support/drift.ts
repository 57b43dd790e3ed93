import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { describeFinding, type Finding } from "@gitops-platform/gitops/drift/finding";
import type { Status } from "@gitops-platform/gitops/status/model";
import { type EnvironmentName, environmentNames } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";
import { type Edit, type Edition, type Editor, EDITORS } from "./drift-edits";
import { cli } from "./people";
import { cluster, engine, GUARDED, kubectl, paths } from "./platform";

/** The Deployment that is edited. */
export const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" } as const;

const BINDING = "drift";
let editions = 0;

/** Gives the editors every right in every environment for a suite, so that only the guard can refuse. */
export function useEditors(): void {
  before(async () => {
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: BINDING },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [
        { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" },
        { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "gitops-platform:break-glass" },
        { kind: "ServiceAccount", name: "robot", namespace: "tools" },
      ],
    } as KubernetesObject;
    for (const name of environmentNames) await cluster(name).apply(binding, { fieldManager: "test" });
  });
  after(async () => {
    for (const name of environmentNames) await kubectl(name, "delete", `clusterrolebinding/${BINDING}`);
  });
}

/** The context for the next edits by somebody. */
export async function edition(environment: EnvironmentName, editor: Editor): Promise<Edition> {
  editions += 1;
  const project = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", namespace: "argocd" };
  const found = await cluster(environment).get({ ...project, name: `${environment}-api` });
  const { sourceRepos = [] } = (found as { spec?: { sourceRepos?: string[] } } | undefined)?.spec ?? {};
  const pod = await lastingPod(environment);
  return {
    environment,
    editor,
    number: editions,
    manager: `edit-${editions}`,
    live: {
      deployment: (await cluster(environment).get(deployment)) ?? assert.fail("the Deployment does not exist"),
      sourceRepos: sourceRepos.filter((each) => !each.startsWith("https://example.com/")),
      pod,
    },
  };
}

/** A pod that the workload does not replace any more. */
export async function lastingPod(environment: EnvironmentName): Promise<string> {
  await kubectl(environment, "rollout", "status", "deployment/api", "--namespace=api");
  return until<string>(`a pod of ${environment}`, async () => {
    const pods = await cluster(environment).list("v1", "Pod", { namespace: "api" });
    const found = pods.find(({ metadata: { labels, deletionTimestamp } }) => {
      return labels?.["app.kubernetes.io/name"] === "api" && deletionTimestamp === undefined;
    });
    return found ? { done: found.metadata.name } : { waitingFor: `one of ${pods.length}` };
  });
}

/** Edits as somebody. Returns the guard's refusal; undefined if the edit was accepted. */
export async function edit(by: Edition, { args, input, what, isUnnamed }: Edit): Promise<string | undefined> {
  const flags = ["--kubeconfig", paths.environments[by.environment].kubeconfig, ...EDITORS[by.editor]];
  const named = isUnnamed ? [] : [`--field-manager=${by.manager}`];
  const { exitCode, all } = await execa(join(paths.bin, "kubectl"), [...flags, ...args(by), ...named], {
    reject: false,
    all: true,
    ...(input ? { input: JSON.stringify(input(by)) } : { stdin: "ignore" as const }),
  });
  if (exitCode === 0) return undefined;
  assert.match(all, GUARDED, `${by.environment}, ${by.editor}, ${what}`);
  return all;
}

/** Everything that `gitops status` finds in an environment. */
export async function findings(environment: EnvironmentName): Promise<Finding[]> {
  const { kubeconfig } = paths.environments[environment];
  const args = ["status", "--json", "--env", environment, "--cluster", `${environment}=${kubeconfig}`];
  const { stdout, all } = await cli("developer", ...args);
  assert.match(stdout, /^\{/, all);
  const { environments, services } = JSON.parse(stdout) as Status;
  const unread = environments.flatMap((each) => each.unread);
  assert.deepEqual(unread, []);
  return [...environments, ...services.flatMap((service) => service.environments)].flatMap((each) => each.findings);
}

/**
 * Undoes what kubectl can undo, by the commands in the findings: pods first, because changed workloads replace them.
 */
export async function undoAll(environment: EnvironmentName, found: readonly Finding[]): Promise<void> {
  const isPod = ({ object }: Finding) => object.kind === "Pod";
  for (const { undo } of [...found.filter(isPod), ...found.filter((each) => !isPod(each))]) {
    if (undo.startsWith("kubectl ")) await type(environment, undo);
  }
}

/** Runs the command in a finding, with a name in place of `<you>`. */
async function type(environment: EnvironmentName, undo: string): Promise<void> {
  const command = undo.replace("--as=<you>", "--as=oncall");
  const { kubeconfig } = paths.environments[environment];
  const env = { PATH: `${paths.bin}${delimiter}${process.env.PATH ?? ""}`, KUBECONFIG: kubeconfig };
  const { exitCode, all } = await execa("sh", ["-c", command], { env, reject: false, all: true });
  assert.equal(exitCode, 0, `${command}\n${all}`);
}

/** Runs `up` as findings about the platform advise, then the commands in their notes for what `up` does not remove. */
export async function undoPlatform(environment: EnvironmentName): Promise<void> {
  const { exitCode, all } = await engine("up", environment, "--refresh");
  assert.equal(exitCode, 0, all);
  for (const { notes } of await findings(environment)) {
    for (const note of notes) {
      const [, command] = note.split("Then remove it: ");
      if (command !== undefined) await type(environment, command);
    }
  }
}

/** Waits until `gitops status` finds nothing. */
export async function nothingIsLeft(environment: EnvironmentName): Promise<void> {
  await until(`nothing is left in ${environment}`, async () => {
    const left = await findings(environment);
    return left.length === 0 ? { done: true } : { waitingFor: left.map(describeFinding).join(" | ") };
  });
}
