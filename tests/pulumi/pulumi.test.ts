/** The program under the real Pulumi CLI and the real Kubernetes provider, on a real cluster. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { delimiter, join, resolve } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { KubernetesClient } from "../../clients/kubernetes";
import { ensureCredentials } from "../../sandbox/credentials";
import { sandboxPaths } from "../../sandbox/paths";
import { rememberedPorts } from "../../sandbox/ports";
import { sandboxConfig } from "../../sandbox/stack-files";
import { startDaemon, stopDaemon } from "../../sandbox/supervisor/daemon";
import { ensureTools } from "../../sandbox/tools/build";
import { progressPrinter } from "../../sandbox/tools/progress";
import { ensurePulumi } from "../../sandbox/tools/pulumi/build";

const root = resolve(__dirname, "../..");
process.env.SANDBOX_DIR = join(root, ".sandbox-pulumi");
const paths = sandboxPaths();
const stack = "staging";
const operators = join(paths.folder, "operators");
const stackFile = join(operators, `Pulumi.${stack}.yaml`);

/** What `pulumi preview --json` says it would do, by the number of resources. */
type Changes = Partial<Record<"create" | "update" | "replace" | "delete" | "same", number>>;

describe("the Pulumi CLI", function () {
  this.timeout("60m"); // the CLI and its provider may have to be built
  let path = "";
  let tunnel: Server | undefined;

  before(async () => {
    const progress = progressPrinter(process.stderr);
    const tools = await ensureTools(progress);
    path = [...(await ensurePulumi(progress)), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
    await stopDaemon(paths);
    rmSync(paths.folder, { recursive: true, force: true });
    mkdirSync(operators, { recursive: true, mode: 0o700 });
    await startDaemon({ paths, environments: [stack] });

    const [ports, credentials] = [await rememberedPorts(paths), ensureCredentials(paths)];
    const committed = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config?: object };
    const config = sandboxConfig(stack, { ...committed.config }, { paths, ports, credentials, data: tools.data });
    // A new stack's salt is written beside the project file: into this folder, not into what is committed.
    copyFileSync(join(root, "Pulumi.yaml"), join(operators, "Pulumi.yaml"));
    const { exitCode, stderr } = await pulumi("ada", ["stack", "init", stack, "--no-select"], operators);
    assert.equal(exitCode, 0, stderr);
    const { encryptionsalt } = parse(readFileSync(stackFile, "utf8")) as { encryptionsalt: string };
    const own = { ...config, "gitops-platform:kubeconfig": "~/.kube/config" };
    writeFileSync(stackFile, stringify({ config: own, encryptionsalt }), { mode: 0o600 });
  });

  after(async () => {
    tunnel?.close();
    await stopDaemon(paths);
  });

  /** The home of somebody who runs the stack, with a kubeconfig of their own. */
  function home(name: string, server?: string): string {
    const folder = join(operators, name);
    const file = join(folder, ".kube/config");
    if (!existsSync(file) || server !== undefined) {
      mkdirSync(join(folder, ".kube"), { recursive: true });
      const text = readFileSync(paths.environments[stack].kubeconfig, "utf8");
      writeFileSync(file, server === undefined ? text : text.replace(/server: \S+/, `server: ${server}`));
    }
    return folder;
  }

  function pulumi(operator: string, args: readonly string[], cwd = root) {
    const env = {
      HOME: home(operator),
      KUBECONFIG: "",
      NO_COLOR: "1",
      PATH: path,
      PULUMI_BACKEND_URL: `file://${operators}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of the test",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    return execa("pulumi", [...args, "--non-interactive"], { cwd, env, reject: false });
  }

  const onStack = ["--stack", stack, "--config-file", stackFile];

  /** What a preview of somebody's would change. */
  async function preview(operator: string, ...flags: string[]): Promise<Changes> {
    const { exitCode, stdout, stderr } = await pulumi(operator, ["preview", ...onStack, "--json", ...flags]);
    assert.equal(exitCode, 0, `${stderr}\n${stdout}`);
    return (JSON.parse(stdout) as { changeSummary: Changes }).changeSummary;
  }

  it("brings a stack up", async () => {
    const { exitCode, stdout, stderr } = await pulumi("ada", ["up", ...onStack, "--yes", "--skip-preview"]);
    assert.equal(exitCode, 0, `${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
    const client = KubernetesClient.fromKubeconfig(paths.environments[stack].kubeconfig, stack);
    const application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
    assert.ok(await client.get(application));
  });

  it("has nothing to change after that", async () => {
    assert.deepEqual(Object.keys(await preview("ada", "--expect-no-changes")), ["same"]);
  });

  it("changes nothing for a second operator, whose home and kubeconfig are elsewhere", async () => {
    assert.deepEqual(Object.keys(await preview("ben")), ["same"]);
  });

  it("changes nothing where the second operator reaches the cluster by another address", async () => {
    const { apiServer } = (await rememberedPorts(paths)).environments[stack].cluster;
    tunnel = createServer((socket) => {
      const onward = connect(apiServer, "127.0.0.1");
      socket.pipe(onward).pipe(socket);
      for (const side of [socket, onward]) side.on("error", () => onward.destroy());
    });
    await new Promise<void>((listening) => tunnel?.listen(0, "127.0.0.1", listening));
    home("ben", `https://127.0.0.1:${(tunnel.address() as AddressInfo).port}`);
    assert.deepEqual(Object.keys(await preview("ben")), ["same"]);
  });

  it("names no home and no address in the state", async () => {
    const { stdout } = await pulumi("ada", ["stack", "export", "--stack", stack]);
    assert.match(stdout, /~\/\.kube\/config/);
    assert.ok(!stdout.includes(home("ada")) && !stdout.includes("https://127.0.0.1"));
  });

  it("reports an edit past Git of what only up would put back", async () => {
    const client = KubernetesClient.fromKubeconfig(paths.environments[stack].kubeconfig, stack);
    const settings = { apiVersion: "v1", kind: "ConfigMap", namespace: "argocd", name: "argocd-rbac-cm" };
    await client.patch(settings, { data: { "policy.default": "role:admin" } });
    const flags = [...onStack, "--refresh", "--expect-no-changes", "--diff"];
    const { exitCode, stdout, stderr } = await pulumi("ada", ["preview", ...flags]);
    assert.notEqual(exitCode, 0);
    assert.match(`${stdout}\n${stderr}`, /argocd-rbac-cm[\s\S]*policy\.default/);
  });
});
