import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ensureCredentials } from "../credentials";
import { sandboxPaths, type SandboxPaths } from "../paths";
import { chooseEngine } from "../stack-engine";

/** A call of the fake CLI. */
interface Call {
  args: string[];
  cwd: string;
  backend?: string;
  passphrase?: string;
}

/**
 * Records its calls. Like the CLI, it rejects a backend without a folder, and writes a new stack's salt beside the
 * project file.
 */
const FAKE = `#!${process.execPath}
const fs = require("node:fs");
const path = require("node:path");
const folder = path.dirname(__filename);
const args = process.argv.slice(2);
const { PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: passphrase } = process.env;
const call = { args, cwd: process.cwd(), backend, passphrase };
fs.appendFileSync(path.join(folder, "calls"), JSON.stringify(call) + "\\n");
const fail = (message) => {
  process.stderr.write(message + "\\n");
  process.exit(255);
};
if (args[0] === "plugin") {
  process.stdout.write(fs.readFileSync(path.join(folder, "plugins"), "utf8"));
} else {
  const state = backend.slice("file://".length);
  if (!fs.existsSync(state)) fail("error: unable to open bucket");
  if (args[1] === "init") {
    const stack = path.join(state, "stack-" + args[2]);
    if (fs.existsSync(stack)) fail("error: stack '" + args[2] + "' already exists");
    fs.writeFileSync(stack, "");
    fs.appendFileSync("Pulumi." + args[2] + ".yaml", "encryptionsalt: made-here\\n");
  } else if (args[0] === "config") {
    const file = args[args.indexOf("--config-file") + 1];
    const value = fs.readFileSync(0, "utf8");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(value, "{ secure: encrypted }"));
  } else if (args.some((arg) => arg.endsWith("broken"))) {
    process.stdout.write("one resource\\n");
    fail("Diagnostics:\\n  error: it is broken");
  } else {
    process.stdout.write("one resource\\ntwo resources\\n");
  }
}
`;

describe("the sandbox's engine", function () {
  this.timeout(20_000); // each call of the fake CLI is a process of Node's
  const { PATH, SANDBOX_DIR, SANDBOX_ENGINE } = process.env;
  let folder = "";
  let paths: SandboxPaths;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stack engine-"));
    writeFileSync(join(folder, "pulumi"), FAKE);
    chmodSync(join(folder, "pulumi"), 0o755);
    plugins("kubernetes", "github");
    process.env.PATH = `${folder}${delimiter}${process.env.PATH ?? ""}`;
    delete process.env.SANDBOX_DIR;
    delete process.env.SANDBOX_ENGINE;
    paths = sandboxPaths(join(folder, "project"));
    mkdirSync(paths.stacks, { recursive: true });
    writeFileSync(join(paths.root, "Pulumi.yaml"), "name: gitops-platform\n");
    writeFileSync(join(paths.root, "Pulumi.dev.yaml"), "config: {}\n");
    writeFileSync(paths.environments.dev.stackFile, "config: {}\n");
  });
  afterEach(() => {
    for (const [name, value] of Object.entries({ PATH, SANDBOX_DIR, SANDBOX_ENGINE })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });

  function plugins(...names: string[]): void {
    writeFileSync(join(folder, "plugins"), JSON.stringify(names.map((name) => ({ name, kind: "resource" }))));
  }

  function calls(): Call[] {
    const lines = readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as Call).filter(({ args }) => args[0] !== "plugin");
  }

  it("is the CLI by default, which creates a stack once, with state and salt below .sandbox", async () => {
    const credentials = ensureCredentials(paths);
    const engine = await chooseEngine(paths, credentials);
    assert.equal(engine.name, "the Pulumi CLI");
    const steps: string[] = [];
    await engine.up("dev", (step) => steps.push(step));
    await engine.up("dev", () => undefined);
    assert.deepEqual(steps, ["one resource", "two resources"]);

    const common = { backend: `file://${paths.engineState}`, passphrase: credentials.passphrase };
    const init = { args: ["stack", "init", "dev", "--no-select", "--non-interactive"], cwd: paths.stacks, ...common };
    const flags = ["--config-file", paths.environments.dev.stackFile, "--non-interactive", "--yes", "--skip-preview"];
    const up = { args: ["up", "--stack", "dev", ...flags], cwd: paths.root, ...common };
    assert.deepEqual(calls(), [init, up, init, up]);
    assert.equal(statSync(paths.engineState).mode & 0o777, 0o700);
    assert.equal(readFileSync(paths.environments.dev.stackFile, "utf8"), "config: {}\nencryptionsalt: made-here\n");
    assert.equal(readFileSync(join(paths.root, "Pulumi.dev.yaml"), "utf8"), "config: {}\n");
  });

  it("encrypts settings that Pulumi.yaml declares secret, and passes no secret as an argument", async () => {
    const { stackFile } = paths.environments.dev;
    const declared = "config:\n  webhookSecret: { type: string, secret: true }\n  context: { type: string }\n";
    writeFileSync(join(paths.root, "Pulumi.yaml"), `name: gitops-platform\n${declared}`);
    writeFileSync(stackFile, "config:\n  gitops-platform:context: dev\n  gitops-platform:webhookSecret: t0p-secret\n");
    const engine = await chooseEngine(paths, ensureCredentials(paths));
    await engine.up("dev", () => undefined);
    await engine.up("dev", () => undefined);
    assert.deepEqual(
      calls().map(({ args }) => args.slice(0, 4).join(" ")),
      [
        "stack init dev --no-select",
        "config set gitops-platform:webhookSecret --secret",
        "up --stack dev --config-file",
        "stack init dev --no-select",
        "up --stack dev --config-file",
      ],
    );
    assert.match(readFileSync(stackFile, "utf8"), /context: dev\n {2}gitops-platform:webhookSecret: \{ secure:/);
    assert.ok(!calls().some(({ args }) => args.includes("t0p-secret")));
  });

  it("reports the CLI's own message of a failure, without the preceding steps", async () => {
    const { dev } = paths.environments;
    const stackFile = join(folder, "broken");
    writeFileSync(stackFile, "config: {}\n");
    const broken = { ...paths, environments: { ...paths.environments, dev: { ...dev, stackFile } } };
    await assert.rejects(
      (await chooseEngine(broken, ensureCredentials(paths))).up("dev", () => undefined),
      /^Error: Command failed with exit code 255: pulumi up --stack dev .*\nDiagnostics:\n {2}error: it is broken$/,
    );
  });

  it("is the local engine if the CLI or a plugin is missing", async () => {
    plugins("kubernetes");
    assert.equal((await chooseEngine(paths, ensureCredentials(paths))).name, "the local engine");
    rmSync(join(folder, "pulumi"));
    process.env.PATH = folder;
    assert.equal((await chooseEngine(paths, ensureCredentials(paths))).name, "the local engine");
  });

  it("is the local engine in a sandbox that the local engine created", async () => {
    mkdirSync(paths.engineState);
    writeFileSync(paths.environments.staging.stateFile, "{}");
    assert.equal((await chooseEngine(paths, ensureCredentials(paths))).name, "the local engine");
  });

  it("is the one that SANDBOX_ENGINE names", async () => {
    process.env.SANDBOX_ENGINE = "local";
    assert.equal((await chooseEngine(paths, ensureCredentials(paths))).name, "the local engine");
    assert.ok(!existsSync(join(folder, "calls")));
    process.env.SANDBOX_ENGINE = "terraform";
    await assert.rejects(
      chooseEngine(paths, ensureCredentials(paths)),
      /SANDBOX_ENGINE: got terraform; expected pulumi or/,
    );
  });
});
