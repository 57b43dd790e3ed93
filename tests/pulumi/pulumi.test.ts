/** The program under the real Pulumi CLI and the real Kubernetes provider, on a real cluster. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { userInfo } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { ensureCredentials } from "@gitops-platform/sandbox/credentials";
import { sandboxPaths } from "@gitops-platform/sandbox/paths";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { plainSecrets } from "@gitops-platform/sandbox/stack-engine";
import { sandboxConfig } from "@gitops-platform/sandbox/stack-files";
import { startDaemon, stopDaemon } from "@gitops-platform/sandbox/supervisor/daemon";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";
import { progressPrinter } from "@gitops-platform/sandbox/tools/progress";
import { ensurePulumi } from "@gitops-platform/sandbox/tools/pulumi/build";
import { OUTSIDE, unlistedOptions } from "../documents/outside-programs";

const root = resolve(__dirname, "../..");
process.env.SANDBOX_DIR = join(root, ".sandbox-pulumi");
const paths = sandboxPaths();
const stack = "staging";
const operators = join(paths.folder, "operators");
const stackFile = join(operators, `Pulumi.${stack}.yaml`);

/** Ada's HOME is her account's home folder. Ben's and Carla's are elsewhere, as in some containers. */
type Operator = "ada" | "ben" | "carla";
const accountHome = userInfo().homedir;
const pathBelowHome = relative(accountHome, join(operators, "ada/kubeconfig"));

/** What `pulumi preview --json` says that it would do. */
interface Preview {
  /** How many resources each operation is done to. */
  readonly changeSummary: Partial<Record<"create" | "update" | "replace" | "delete" | "same", number>>;
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
}

describe("the Pulumi CLI", function () {
  this.timeout("60m"); // the CLI and its provider may have to be built
  let path = "";
  let bin = "";
  let tunnel: Server | undefined;

  before(async () => {
    const progress = progressPrinter(process.stderr);
    const tools = await ensureTools(progress);
    bin = tools.bin;
    path = [...(await ensurePulumi(progress)), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
    await stopDaemon(paths);
    rmSync(paths.folder, { recursive: true, force: true });
    mkdirSync(operators, { recursive: true, mode: 0o700 });
    // This writes the Git host's seed, which the daemon needs.
    const credentials = ensureCredentials(paths);
    await startDaemon({ paths, environments: [stack] });

    const ports = await rememberedPorts(paths);
    const committed = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config?: object };
    const config = sandboxConfig(stack, { ...committed.config }, { paths, ports, credentials, data: tools.data });
    // A new stack's salt is written beside the project file: into this folder, not into what is committed.
    copyFileSync(join(root, "Pulumi.yaml"), join(operators, "Pulumi.yaml"));
    for (const operator of ["ada", "ben", "carla"] as const) writeKubeconfig(operator);
    await succeed("ada", ["stack", "init", stack, "--no-select"], { cwd: operators });
    const { encryptionsalt } = parse(readFileSync(stackFile, "utf8")) as { encryptionsalt: string };
    const own = { ...config, "gitops-platform:kubeconfig": `~/${pathBelowHome}` };
    writeFileSync(stackFile, stringify({ config: own, encryptionsalt }), { mode: 0o600 });
    for (const [key, value] of plainSecrets(root, stackFile)) {
      await succeed("ada", ["config", "set", key, "--secret", ...onStack], { input: value });
    }
  });

  after(async () => {
    tunnel?.close();
    await stopDaemon(paths);
  });

  function homeOf(operator: Operator): string {
    if (operator === "ada") return accountHome;
    // Deep enough that the configured path, which may begin with `../`, stays in the operator's own folder.
    const above = pathBelowHome.split("/").filter((part) => part === "..");
    return join(operators, operator, ...above.map(() => "home"));
  }

  function writeKubeconfig(operator: Operator, server?: string): void {
    const file = join(homeOf(operator), pathBelowHome);
    mkdirSync(dirname(file), { recursive: true });
    const text = readFileSync(paths.environments[stack].kubeconfig, "utf8");
    writeFileSync(file, server === undefined ? text : text.replace(/server: \S+/, `server: ${server}`), {
      mode: 0o600,
    });
  }

  /** The URL of the cluster through a tunnel, which is opened if there is none. */
  async function tunnelUrl(): Promise<string> {
    const { apiServer } = (await rememberedPorts(paths)).environments[stack].cluster;
    if (tunnel === undefined) {
      tunnel = createServer((socket) => {
        const onward = connect(apiServer, "127.0.0.1");
        socket.pipe(onward).pipe(socket);
        for (const side of [socket, onward]) side.on("error", () => onward.destroy());
      });
      tunnel.listen(0, "127.0.0.1");
      await once(tunnel, "listening");
    }
    return `https://127.0.0.1:${(tunnel.address() as AddressInfo).port}`;
  }

  function pulumi(operator: Operator, args: readonly string[], { cwd = root, input = "" } = {}) {
    const env = {
      HOME: homeOf(operator),
      KUBECONFIG: "",
      NO_COLOR: "1",
      PATH: path,
      PULUMI_BACKEND_URL: `file://${operators}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of the test",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_HOME: join(operators, "pulumi-home"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    return execa("pulumi", [...args, "--non-interactive"], { cwd, env, input, reject: false });
  }

  /** Runs a command that must succeed, and returns its standard output. */
  async function succeed(operator: Operator, args: readonly string[], options = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await pulumi(operator, args, options);
    assert.equal(exitCode, 0, `pulumi ${args.join(" ")}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
    return stdout;
  }

  const onStack = ["--stack", stack, "--config-file", stackFile];
  const up = (operator: Operator) => succeed(operator, ["up", ...onStack, "--yes", "--skip-preview"]);

  async function preview(operator: Operator, ...flags: string[]): Promise<Preview> {
    return JSON.parse(await succeed(operator, ["preview", ...onStack, "--json", ...flags])) as Preview;
  }

  async function assertUnchanged(operator: Operator, ...flags: string[]): Promise<void> {
    assert.deepEqual(Object.keys((await preview(operator, ...flags)).changeSummary), ["same"]);
  }

  /** The provider for the cluster is updated in place, and no other resource changes. */
  async function assertProviderAlone(operator: Operator): Promise<void> {
    const { changeSummary, steps } = await preview(operator);
    const changed = steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${urn.replace(/^.*\$/, "")}`);
    assert.deepEqual(Object.keys(changeSummary).sort(), ["same", "update"]);
    assert.equal(changed.length, 1, changed.join("\n"));
    assert.match(changed[0] ?? "", /^update \S*pulumi:providers:kubernetes::cluster$/);
  }

  it("has every command and option that the documents use, and so have the sandbox's programs", async () => {
    for (const program of ["pulumi", "argocd", "helm", "kubectl"]) {
      const help = async (...args: string[]) =>
        (await execa(program, args, { env: { PATH: [path, bin].join(delimiter) } })).stdout;
      const missing = await unlistedOptions(OUTSIDE[program] ?? {}, async (command) => {
        const own = await help(...command.split(" "), "--help");
        return program === "kubectl" ? `${own}\n${await help("options")}` : own;
      });
      assert.deepEqual(missing, [], program);
    }
  });

  it("brings a stack up", async () => {
    await up("ada");
    const client = KubernetesClient.fromKubeconfig(paths.environments[stack].kubeconfig, stack);
    const application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
    assert.ok(await client.get(application));
    client.close();
  });

  it("has nothing to change after that", () => assertUnchanged("ada", "--expect-no-changes"));

  it("names no home and no address in the state", async () => {
    const state = await succeed("ada", ["stack", "export", "--stack", stack]);
    assert.ok(state.includes(`"~/${pathBelowHome}"`));
    for (const own of [`"${join(accountHome, pathBelowHome)}"`, "https://127.0.0.1"])
      assert.ok(!state.includes(own), own);
  });

  it("changes nothing where the kubeconfig at the same path has another address of the cluster", async () => {
    writeKubeconfig("ada", await tunnelUrl());
    await assertUnchanged("ada");
  });

  it("updates the provider alone for an operator whose HOME is not the account's", async () => {
    await assertProviderAlone("ben");
    await up("ben");
    await assertUnchanged("ben");
  });

  it("changes nothing for a second one, whose home and kubeconfig are elsewhere", () => assertUnchanged("carla"));

  it("updates the provider alone where the second one reaches the cluster by another address", async () => {
    writeKubeconfig("carla", await tunnelUrl());
    await assertProviderAlone("carla");
  });

  it("keeps what their kubeconfig says out of the readable part of the state", async () => {
    const state = await succeed("ben", ["stack", "export", "--stack", stack]);
    const text = readFileSync(paths.environments[stack].kubeconfig, "utf8");
    const { users } = parse(text) as { users: [{ user: { token: string } }] };
    for (const hidden of [users[0].user.token, homeOf("ben"), "https://127.0.0.1"]) assert.ok(!state.includes(hidden));
  });

  it("reports an edit past Git of what only up would put back", async () => {
    const client = KubernetesClient.fromKubeconfig(paths.environments[stack].kubeconfig, stack);
    const settings = { apiVersion: "v1", kind: "ConfigMap", namespace: "argocd", name: "argocd-rbac-cm" };
    await client.patch(settings, { data: { "policy.default": "role:admin" } });
    client.close();
    const flags = [...onStack, "--refresh", "--expect-no-changes", "--diff"];
    const { exitCode, stdout, stderr } = await pulumi("ben", ["preview", ...flags]);
    assert.notEqual(exitCode, 0);
    assert.match(`${stdout}\n${stderr}`, /argocd-rbac-cm[\s\S]*policy\.default/);
  });
});
