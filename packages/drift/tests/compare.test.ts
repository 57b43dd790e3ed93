/** Compares a stack with its cluster and repository, by a fake Pulumi CLI. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { comparePulumi } from "../compare";
import { environments } from "@gitops-platform/environments/environments";
import supported from "../../../supported.json";
import { useAlerts } from "@gitops-platform/test-support/alerts";

const root = resolve(__dirname, "../../..");
const SECRET = "hunter2";

const step = (op: string, type: string, name: string, more: object = {}) => ({
  op,
  urn: `urn:pulumi:prod::gitops-platform::gitops-platform:Argocd$kubernetes:${type}::${name}`,
  oldState: { inputs: { data: { url: SECRET } } },
  ...more,
});
const SAME = step("same", "core/v1:ConfigMap", "argocd-rbac-cm");
const CHANGED = step("update", "core/v1:ConfigMap", "argocd-cm", {
  detailedDiff: { "data.url": { kind: "update" }, "data.admin.enabled": { kind: "add" } },
  diffReasons: ["data"],
});

describe("the drift comparison", function () {
  this.timeout(60_000);
  const alerts = useAlerts();
  const told = () => alerts.received.map(({ payload }) => payload);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "drift-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Environment variables whose PATH has a fake CLI with this response. */
  function answering(preview: object | string, { exitCode = 0, stderr = "" } = {}): NodeJS.ProcessEnv {
    const file = join(folder, "pulumi");
    writeFileSync(join(folder, "stdout"), typeof preview === "string" ? preview : JSON.stringify(preview));
    writeFileSync(join(folder, "stderr"), stderr);
    const answer = `cat '${folder}/stdout'; cat '${folder}/stderr' >&2; exit ${exitCode}`;
    writeFileSync(file, `#!/bin/sh\necho "$@" > '${folder}/args'\n${answer}\n`);
    chmodSync(file, 0o755);
    return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` };
  }

  const PROPOSED = { exitCode: 255, stderr: "error: no changes were expected but changes were proposed\n" };

  it("asks the CLI for a preview with a refresh, and reports nothing if nothing differs", async () => {
    const env = answering({ steps: [SAME, step("refresh", "core/v1:ConfigMap", "argocd-cm")], diagnostics: [] });
    assert.deepEqual(await comparePulumi("prod", env), { changes: [], problems: [] });
    const args = readFileSync(join(folder, "args"), "utf8").trim();
    assert.equal(args, "preview --stack prod --refresh --expect-no-changes --json");
  });

  it("names the resources and fields that differ, without their values", async () => {
    const steps = [
      SAME,
      CHANGED,
      step("create", "core/v1:ResourceQuota", "api/pods"),
      step("delete", "core/v1:Secret", "old"),
      step("update", "github:index/repository:Repository", "gitops", { detailedDiff: null, diffReasons: ["hasWiki"] }),
    ];
    assert.deepEqual(await comparePulumi("prod", answering({ steps }, PROPOSED)), {
      changes: [
        "kubernetes:core/v1:ConfigMap argocd-cm differs in data.admin.enabled, data.url",
        "kubernetes:core/v1:ResourceQuota api/pods is not there",
        "kubernetes:core/v1:Secret old is no longer in the program",
        "kubernetes:github:index/repository:Repository gitops differs in hasWiki",
      ],
      problems: [],
    });
  });

  const failures: readonly [what: string, env: () => NodeJS.ProcessEnv, problem: string][] = [
    [
      "the program fails",
      () => answering({ steps: [CHANGED], diagnostics: [{ severity: "error", message: "no cluster" }] }, PROPOSED),
      "no cluster",
    ],
    [
      "the CLI fails without a preview",
      () => answering("", { exitCode: 255, stderr: "error: no stack" }),
      "error: no stack",
    ],
    [
      "the CLI fails and reports no change",
      () => answering({ steps: [SAME] }, { exitCode: 255, stderr: "error: out of memory" }),
      "error: out of memory",
    ],
    [
      "there is no CLI",
      () => ({ ...process.env, PATH: folder }),
      "pulumi: got nothing on PATH; expected the Pulumi CLI. Install it.",
    ],
  ];
  for (const [what, env, problem] of failures) {
    it(`reports a problem if ${what}`, async () => {
      assert.deepEqual((await comparePulumi("prod", env())).problems, [problem]);
    });
  }

  describe("as a command", () => {
    const drift = (env: NodeJS.ProcessEnv) =>
      execa(process.execPath, ["-r", "./scripts/register.js", "packages/drift/main.ts", "prod"], {
        cwd: root,
        env: {
          ...env,
          GITHUB_SERVER_URL: "https://github.com",
          GITHUB_REPOSITORY: "vaarak/platform",
          GITHUB_RUN_ID: "7",
        },
        reject: false,
        all: true,
      });

    it("fails if something differs, sends one alert, and shows no value", async () => {
      const received = told().length;
      const { exitCode, stdout, all } = await drift(answering({ steps: [CHANGED] }, PROPOSED));
      assert.equal(exitCode, 1);
      assert.equal(stdout, "kubernetes:core/v1:ConfigMap argocd-cm differs in data.admin.enabled, data.url");
      assert.deepEqual(told().slice(received), [
        {
          text:
            "prod/platform: The cluster or the repository differs from the program: " +
            "kubernetes:core/v1:ConfigMap argocd-cm differs in data.admin.enabled, data.url. " +
            "Undo: pulumi up --refresh --stack prod https://github.com/vaarak/platform/actions/runs/7",
          event: "platform-drift",
          service: "platform",
          environment: "prod",
          url: "https://github.com/vaarak/platform/actions/runs/7",
        },
      ]);
      assert.ok(!`${all}${JSON.stringify(told())}`.includes(SECRET));
    });

    it("fails if the comparison failed, and sends an alert about it", async () => {
      const received = told().length;
      const { exitCode, stderr } = await drift(answering("", { exitCode: 255, stderr: "error: no stack" }));
      assert.deepEqual([exitCode, stderr], [1, "error: no stack"]);
      const events = told()
        .slice(received)
        .map(({ event }) => event);
      assert.deepEqual(events, ["platform-not-compared"]);
    });

    it("sends no alert if nothing differs", async () => {
      const received = told().length;
      const { exitCode, stdout } = await drift(answering({ steps: [SAME] }));
      assert.deepEqual([exitCode, stdout], [0, "prod: the cluster and the repository match the program."]);
      assert.equal(told().length, received);
    });
  });

  describe("in CI", () => {
    interface Job {
      readonly strategy: { readonly matrix: { readonly stack: readonly string[] } };
      readonly steps: readonly {
        readonly id?: string;
        readonly run?: string;
        readonly uses?: string;
        readonly env?: object;
      }[];
    }
    const text = readFileSync(join(root, ".github/workflows/drift.yaml"), "utf8");
    const { jobs } = parse(text) as { readonly jobs: { readonly compare: Job } };
    const { strategy, steps } = jobs.compare;

    it("runs for every environment", () => {
      assert.deepEqual(
        strategy.matrix.stack,
        environments.map(({ name }) => name),
      );
    });

    it("uses the versions in supported.json", () => {
      const output = join(folder, "output");
      const { run = "" } = steps.find(({ id }) => id === "supported") ?? {};
      const env = { ...process.env, GITHUB_OUTPUT: output };
      assert.equal(spawnSync("sh", ["-e", "-c", run], { cwd: root, env }).status, 0);
      assert.equal(readFileSync(output, "utf8"), `node=${supported.node}\npulumi=^${supported.pulumi}.0\n`);
    });

    it("installs packages before it has a secret, and pins every action to a commit", () => {
      const install = steps.findIndex(({ run }) => run === "npm ci");
      const secret = steps.findIndex(({ env }) => JSON.stringify(env ?? {}).includes("secrets."));
      assert.ok(install >= 0 && install < secret);
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /@[0-9a-f]{40}$/);
    });
  });
});
