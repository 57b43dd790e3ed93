import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { parse } from "yaml";
import { requirePulumi } from "@gitops-platform/components/pulumi-version";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";
import { helm } from "@gitops-platform/gitops/chart/helm";
import { warnOfOldClusters } from "@gitops-platform/gitops/commands/clusters";
import { isolated } from "@gitops-platform/clients/git/environment";
import { runGit } from "@gitops-platform/gitops/git/run-git";
import packageJson from "../../package.json";
import supported from "../../supported.json";

const root = resolve(__dirname, "../..");

describe("supported versions", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "versions-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("match the documents, package.json, CI and the dependencies' requirements", () => {
    const guide = readFileSync(join(root, "docs/getting-started.md"), "utf8");
    const rows = [...guide.matchAll(/^\| (Node|Git|Helm|Kustomize|Kubernetes|Argo CD|Pulumi)\s+\| (\d[\d.]*)/gm)];
    const table = rows.map(([, name = "", version]) => [name.toLowerCase().replace(" ", ""), version]);
    assert.deepEqual(Object.fromEntries(table), supported);
    assert.equal(packageJson.engines.node, `>=${supported.node}`);
    for (const file of ["docs/getting-started.md", "gitops-repo/README.md"]) {
      const named = [...readFileSync(join(root, file), "utf8").matchAll(/Node (\d+(?:\.\d+)?) or newer/g)];
      assert.ok(named.length > 0, file);
      for (const [, version] of named) assert.equal(version, supported.node, file);
    }
    const workflow = parse(readFileSync(join(root, ".github/workflows/ci.yaml"), "utf8")) as {
      jobs: { run: { strategy: { matrix: { node: string[] } } } };
    };
    assert.equal(workflow.jobs.run.strategy.matrix.node[0], supported.node);
    for (const name of Object.keys(packageJson.dependencies)) {
      const text = readFileSync(join(root, "node_modules", name, "package.json"), "utf8");
      const wanted = (JSON.parse(text) as { engines?: { node?: string } }).engines?.node;
      const [, major, minor = "0"] = /^>= ?(\d+)(?:\.(\d+))?/.exec(wanted ?? "") ?? [];
      if (major === undefined) continue;
      const [haveMajor = 0, haveMinor = 0] = supported.node.split(".").map(Number);
      assert.ok(haveMajor * 1000 + haveMinor >= Number(major) * 1000 + Number(minor), `${name} wants ${wanted ?? ""}`);
    }
  });

  /** Runs a program with a Node that reports a given version. */
  function under(node: string, ...args: string[]) {
    const all = ["-r", join(root, "packages/test-support/old-node.js"), ...args];
    const { stdout, stderr, status } = spawnSync(process.execPath, all, {
      cwd: root,
      env: { ...process.env, OLD_NODE: node },
      encoding: "utf8",
    });
    return { stdout, stderr, status };
  }

  const programs: readonly [what: string, start: (folder: string) => string[]][] = [
    ["gitops from its source", () => ["packages/gitops/bin/gitops.js", "--version"]],
    ["programs of npm scripts", () => ["-r", "./scripts/register.js", "packages/review/main.ts", "--help"]],
    [
      "gitops in the GitOps repository",
      (at) => {
        const file = join(at, basename(GITOPS_PATH));
        writeFileSync(file, bundle());
        return [file, "--version"];
      },
    ],
  ];
  for (const [what, start] of programs) {
    it(`reject an older Node in one line: ${what}`, () => {
      const args = start(folder);
      for (const old of ["20.20.2", "22.17.1", "18.0.0"]) {
        const wanted = `${supported.node} or newer. Install it: https://nodejs.org/en/download`;
        const stderr = `node: got ${old}; expected ${wanted}\n`;
        assert.deepEqual(under(old, ...args), { stdout: "", stderr, status: 1 });
      }
      for (const enough of [`${supported.node}.0`, "24.0.0", "100.1.0"]) {
        const { stderr, status } = under(enough, ...args);
        assert.deepEqual([stderr, status], ["", 0]);
      }
    });
  }

  it("reject an older Node before the Pulumi program loads anything else", () => {
    const { stdout, stderr, status } = under("20.20.2", "-r", "./scripts/compile.js", "index.ts");
    assert.deepEqual([stdout, stderr.split(";")[0], status], ["", "node: got 20.20.2", 1]);
    assert.equal(stderr.split("\n").length, 2, stderr);
  });

  /** A fake program on a separate PATH, which responds like another version. */
  function program(name: string, version: string, otherwise: string): void {
    const file = join(folder, name);
    writeFileSync(
      file,
      `#!/bin/sh\ncase "$1" in\n--version | version) echo "${version}" ;;\n*) ${otherwise} ;;\nesac\n`,
    );
    chmodSync(file, 0o755);
  }
  // The message of an old Git about an unknown option.
  const unknown = "echo \"error: unknown switch 'z'\" >&2; exit 129";

  for (const [version, got] of [
    ["git version 2.34.1", "2.34.1"],
    ["git version 2.37.7 (Apple Git-1)", "2.37.7"],
    ["git", "no version"],
  ] as const) {
    it(`reject Git ${got} in one line`, async () => {
      program("git", version, unknown);
      const env = { ...isolated(), PATH: folder };
      await assert.rejects(runGit(["cat-file", "--batch", "-z"], { cwd: folder, env }), {
        name: "Failure",
        message: `git: got ${got}; expected Git ${supported.git} or newer. Install it: https://git-scm.com/downloads`,
      });
    });
  }

  it("accept the oldest supported Git, and report a missing one", async () => {
    const none = { cwd: folder, env: { ...isolated(), PATH: join(folder, "none") } };
    await assert.rejects(runGit(["status"], none), /^Failure: git: got nothing on PATH; expected Git/);
    program("git", `git version ${supported.git}.0.windows.1`, "echo ran");
    assert.equal((await runGit(["status"], { cwd: folder, env: { ...isolated(), PATH: folder } })).toString(), "ran\n");
  });

  describe("of Helm", () => {
    const { PATH } = process.env;
    beforeEach(() => {
      process.env.PATH = folder;
    });
    afterEach(() => {
      process.env.PATH = PATH;
    });

    it("reject an older Helm in one line, and report a missing one", async () => {
      const wanted = `expected Helm ${supported.helm} or newer. Install it: https://helm.sh/docs/intro/install`;
      await assert.rejects(helm(folder, "lint"), { message: `helm: got nothing on PATH; ${wanted}` });
      process.env.PATH = [folder, "/nowhere"].join(delimiter);
      program("helm", "v3.13.3", 'echo "Error: unknown flag: --kube-version" >&2; exit 1');
      await assert.rejects(helm(folder, "lint"), { message: `helm: got 3.13.3; ${wanted}` });
    });

    it("render for the same Kubernetes version, regardless of Helm's default", async () => {
      // A Helm that was built from source assumes Kubernetes 1.20.
      program("helm", "v4.0.0", 'echo "$@"');
      const { stdout } = await helm(folder, "template", "api", ".");
      assert.equal(stdout, `template api . --kube-version ${supported.kubernetes}`);
    });
  });

  it("cause a warning about an older cluster, but not about one that does not respond", async () => {
    const said: string[] = [];
    const answering = (version: string) => ({ version: () => Promise.resolve(version) });
    const silent = { version: () => Promise.reject(new Error("no route")) };
    const clusters = { dev: answering("v1.33.5+k3s1"), staging: answering(`v${supported.kubernetes}.0`), prod: silent };
    await warnOfOldClusters(new Map(Object.entries(clusters)), (text) => said.push(text));
    assert.deepEqual(said, [
      `--cluster dev: got Kubernetes v1.33.5+k3s1; expected ${supported.kubernetes} or newer. Upgrade the cluster.`,
    ]);
  });

  it("reject an older Pulumi CLI, and one whose version cannot be determined", async () => {
    const wanted = `expected Pulumi ${supported.pulumi} or newer. Install it: https://www.pulumi.com/docs/install/`;
    const range = `>=${supported.pulumi}.0`;
    const old = (asked: string) =>
      Promise.reject(new Error(`9 FAILED_PRECONDITION: Pulumi CLI version 3.200.1 does not satisfy ${asked}`));
    await assert.rejects(requirePulumi(old), { message: `pulumi: got 3.200.1; ${wanted}` });
    const older = () => Promise.reject(new Error("The installed version of the CLI does not support the RPC."));
    await assert.rejects(requirePulumi(older), { message: `pulumi: got an unknown version; ${wanted}` });
    await requirePulumi((asked) => (asked === range ? Promise.resolve() : Promise.reject(new Error(asked))));
  });
});
