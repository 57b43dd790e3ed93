import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { BREAK_GLASS_GROUP } from "@gitops-platform/environments/environment";
import { describeApplication } from "@gitops-platform/sandbox/applications";
import { type EnvironmentName, sandboxPaths } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";

export const root = resolve(__dirname, "../../..");
export const sandboxFolder = join(root, ".sandbox-e2e");

process.env.SANDBOX_DIR = sandboxFolder;
/** Paths of the sandbox under test. */
export const paths = sandboxPaths();

/** Runs an npm command on the sandbox under test. */
export function npm(...args: string[]) {
  const env = { SANDBOX_DIR: sandboxFolder, SANDBOX_ENGINE: "local", CI: "true" };
  return execa("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2] });
}

const clients = new Map<EnvironmentName, KubernetesClient>();

/** A client of a cluster with an administrator's token. */
export function cluster(environment: EnvironmentName): KubernetesClient {
  const existing = clients.get(environment);
  if (existing) return existing;
  const client = KubernetesClient.fromKubeconfig(paths.environments[environment].kubeconfig, environment);
  clients.set(environment, client);
  return client;
}

/** Runs git as `developer` in the clone that `npm start` creates. */
export async function git(...args: string[]): Promise<string> {
  return (await execa("git", args, { cwd: paths.clone })).stdout;
}

/** Pushes a new commit to `main` of the API service's own repository, as `developer`. Returns its SHA. */
export async function pushCode(message: string): Promise<string> {
  const git = async (...args: string[]) => (await execa("git", args, { cwd: paths.appClone })).stdout;
  await appendFile(join(paths.appClone, "api"), `# ${message}\n`);
  await git("commit", "--quiet", "--all", "--message", message);
  await git("push", "--quiet", "origin", "main");
  return git("rev-parse", "HEAD");
}

const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" } as const;

interface DeploymentSpec {
  revisionHistoryLimit: number;
  template: { spec: { containers: { image: string }[] } };
}

/** The API service's current Deployment. */
export async function apiDeployment(
  environment: EnvironmentName,
): Promise<KubernetesObject & { spec: DeploymentSpec }> {
  const object = await cluster(environment).get(deployment);
  if (object === undefined) throw new Error(`${environment}: there is no Deployment api`);
  return object as KubernetesObject & { spec: DeploymentSpec };
}

/** The image of the API service's Deployment. */
export async function apiImage(environment: EnvironmentName): Promise<string> {
  return (await apiDeployment(environment)).spec.template.spec.containers[0]?.image ?? "none";
}

/**
 * Edits the API service's Deployment without Git. It uses the break-glass group, because the guard denies everybody
 * else.
 */
export async function editLive(environment: EnvironmentName, patch: object): Promise<void> {
  const { namespace, name } = deployment;
  await emergency(
    environment,
    "-n",
    namespace,
    "patch",
    "deployment",
    name,
    "--type=merge",
    "-p",
    JSON.stringify(patch),
  );
}

/** Waits until an environment runs a version: a tag, or `tag@sha256:…`, which then runs by its digest. */
export async function runs(environment: EnvironmentName, version: string): Promise<void> {
  const [tag = "", digest] = version.split("@");
  await until(`${environment} runs ${version}`, async () => {
    const image = await apiImage(environment);
    return image.endsWith(digest === undefined ? `:${tag}` : `@${digest}`)
      ? { done: image }
      : { waitingFor: `it runs ${image}` };
  });
}

/** Waits until a service's Application is Synced and Healthy. */
export async function serviceHealthy(name: string, environment: EnvironmentName): Promise<void> {
  const ref = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name };
  await until(`${name} is Healthy in ${environment}`, async () => {
    const found = await cluster(environment).get(ref);
    const state = found === undefined ? "there is no Application" : describeApplication(found);
    return state === "Synced, Healthy" ? { done: true } : { waitingFor: state };
  });
}

/** Runs kubectl as an administrator. Returns its output. */
export async function kubectl(environment: EnvironmentName, ...args: string[]): Promise<string> {
  const flags = ["--kubeconfig", paths.environments[environment].kubeconfig];
  return (await execa(join(paths.bin, "kubectl"), [...flags, ...args])).stdout;
}

/** Runs kubectl as an administrator in the break-glass group, which the guard allows to make live edits. */
export function emergency(environment: EnvironmentName, ...args: string[]): Promise<string> {
  const groups = ["system:masters", BREAK_GLASS_GROUP].map((group) => `--as-group=${group}`);
  return kubectl(environment, "--as=oncall", ...groups, ...args);
}

/** Runs kubectl as an administrator, whether it succeeds or not. Returns its output. */
export async function attempt(environment: EnvironmentName, ...args: string[]): Promise<string> {
  const flags = ["--kubeconfig", paths.environments[environment].kubeconfig];
  return (await execa(join(paths.bin, "kubectl"), [...flags, ...args], { reject: false, all: true })).all;
}

/** The guard's message when it denies a request. */
export const GUARDED = /ValidatingAdmissionPolicy 'gitops-platform-guard-[a-z]+' .*denied request/;

/**
 * Changes an environment's settings and runs `up`. Returns a function that restores the earlier settings.
 * @param change changes the stack's configuration in place
 */
export async function reconfigure(
  environment: EnvironmentName,
  change: (config: Record<string, unknown>) => void,
): Promise<() => Promise<void>> {
  const { stackFile } = paths.environments[environment];
  const before = await readFile(stackFile, "utf8");
  const up = async (text: string) => {
    await writeFile(stackFile, text);
    const { exitCode, all } = await engine("up", environment);
    assert.equal(exitCode, 0, all);
  };
  const stack = parse(before) as { config: Record<string, unknown> };
  change(stack.config);
  await up(stringify(stack));
  return () => up(before);
}

/** Runs the local engine's command line on a stack of the sandbox, as a child process. */
export function engine(command: "up" | "preview" | "destroy", environment: EnvironmentName, ...more: string[]) {
  const { stackFile, stateFile } = paths.environments[environment];
  const flags = ["--stack", environment, "--config-file", stackFile, "--state", stateFile, ...more];
  return execa(process.execPath, ["-r", "./scripts/register.js", "packages/engine/main.ts", command, ...flags], {
    cwd: root,
    env: { NO_COLOR: "1" },
    reject: false,
    all: true,
  });
}

/** Runs `up`, and asserts that it changes nothing. Returns the number of resources. */
export async function upChangesNothing(environment: EnvironmentName): Promise<number> {
  const { exitCode, stdout, all } = await engine("up", environment, "--json");
  assert.equal(exitCode, 0, all);
  const { counts } = JSON.parse(stdout) as { counts: Record<string, number> };
  const changed = Object.entries(counts).filter(([operation, count]) => operation !== "same" && count > 0);
  assert.deepEqual(changed, []);
  return counts.same ?? 0;
}

interface SupervisorStatus {
  processes: { name: string; pid?: number }[];
}

/** The actual environment variables of a running process of the sandbox. */
export async function environmentOf(processName: string): Promise<Map<string, string>> {
  const status = JSON.parse(await readFile(paths.supervisor, "utf8")) as SupervisorStatus;
  const pid = status.processes.find(({ name }) => name === processName)?.pid;
  if (pid === undefined) throw new Error(`${processName} does not run`);
  const variables = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0").filter((line) => line !== "");
  return new Map(variables.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}
