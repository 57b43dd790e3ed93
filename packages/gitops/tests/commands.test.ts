/** Tests whole command lines: stdout, stderr and the exit code. */
import assert from "node:assert/strict";
import { execa } from "execa";
import { environmentOf, gitops } from "./command";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { GitopsRepository, values } from "@gitops-platform/test-support/gitops-repository";

async function gitopsCommand(args: string[], env: Record<string, string>) {
  const command = ["-r", "./scripts/register.js", "packages/gitops/main.ts", ...args];
  return execa(process.execPath, command, { env: { ...env, GITOPS_BOT: "bump[bot]" }, reject: false });
}

describe("the command line gitops", function () {
  this.slow(20_000);
  this.timeout(60_000);

  it("refuses bad input in one report, before it looks for a repository", async () => {
    const args = ["bump", "Api", "--tag", "a b", "--digest", "sha256:0", "--env", "prod"];
    const { stdout, stderr, exitCode } = await gitopsCommand(args, { GITHUB_TOKEN: "", GITHUB_REPOSITORY: "" });
    assert.equal(exitCode, 1);
    assert.equal(stdout, "");
    const keys = stderr.split("\n").map((line) => line.split(":")[0]);
    assert.deepEqual(keys, ["service", "env", "tag", "digest"]);
  });

  const reports: [args: string[], keys: string[]][] = [
    [
      ["history", "Web", "--env", "qa", "--since", "x"],
      ["service", "env", "--since"],
    ],
    [
      ["release", "--service", "Web", "--env", "qa"],
      ["service", "env"],
    ],
    [
      ["rollback", "Web", "--env", "dev", "--reason", " ", "--timeout", "soon"],
      ["service", "reason", "timeout"],
    ],
    [
      ["status", "--cluster", "qa=x", "--cluster", "prod"],
      ["--cluster", "--cluster"],
    ],
  ];
  for (const [args, keys] of reports) {
    it(`reports all problems of ${args.join(" ")}`, async () => {
      const { stdout, stderr, code } = await gitops({}, ...args);
      assert.deepEqual([stdout, code], ["", 1]);
      assert.deepEqual(
        stderr
          .trim()
          .split("\n")
          .map((line) => line.split(":")[0]),
        keys,
      );
    });
  }

  for (const [command, option, value] of [
    ["status", "--cluster", "prod=kubeconfig"],
    ["history", "--plots", "delivery.html"],
  ] as const) {
    it(`refuses ${command} ${option} in the bundle, and says where it works`, async () => {
      const { stdout, stderr, exitCode } = await gitopsCommand([command, option, value], { GITHUB_TOKEN: "" });
      assert.deepEqual([stdout, exitCode], ["", 1]);
      assert.match(
        stderr,
        new RegExp(`^${option}: got "${value}"; expected it only in a checkout of gitops-platform\\.`),
      );
      assert.equal(stderr.split("\n").length, 1);
    });
  }

  it("refuses a service that does not exist", async () => {
    const github = new GitopsRepository();
    try {
      await github.make({ files: { "environments/dev/api.yaml": values("sha-1111111") } });
      const env = environmentOf(github.url, "bump");
      for (const args of [
        ["release", "--service", "apii"],
        ["history", "apii"],
      ]) {
        const { stdout, stderr, code } = await gitops(env, ...args);
        assert.deepEqual([stdout, code], ["", 1]);
        assert.match(stderr, /^service: got "apii"; expected one that there is\. Did you mean api\?$/m);
      }
      assert.equal((await gitops(env, "release", "--service", "api")).stdout, "Nothing waits.\n");
      assert.equal((await gitops(env, "release", "--service", "charts")).code, 0);
      assert.equal((await gitops(env, "history", "api", "--env", "prod")).code, 0);
    } finally {
      await github.remove();
    }
  });

  it("prints the problems that validate found as JSON", async () => {
    const local = new LocalRepository();
    const before = process.cwd();
    try {
      local.git("update-ref", "refs/remotes/origin/main", local.commit({ f: "x" }));
      process.chdir(local.folder);
      const valid = await gitops({}, "validate", "--json");
      assert.deepEqual([JSON.parse(valid.stdout), valid.code], [{ valid: true, problems: [] }, 0]);
      local.commit({ link: "-> /etc/passwd" });
      const { stdout, code } = await gitops({}, "validate", "--json");
      const message = "Got a symbolic link; expected a file. Put the content itself there.";
      assert.deepEqual([JSON.parse(stdout), code], [{ valid: false, problems: [{ file: "link", message }] }, 1]);
    } finally {
      process.chdir(before);
      local.remove();
    }
  });

  it("queues a bump and lands it, with only the result on stdout", async () => {
    const gitops = new GitopsRepository();
    try {
      await gitops.make({ files: { "environments/dev/api.yaml": values("sha-1111111") } });
      gitops.judge();
      const env = {
        GITHUB_TOKEN: "token-of-bump",
        GITHUB_REPOSITORY: "vaarak/gitops",
        GITHUB_SERVER_URL: gitops.url,
        GITHUB_API_URL: `${gitops.url}/api/v3`,
        GITOPS_REQUESTED_BY: "pat",
        GITOPS_STARTED_BY: "pat",
      };
      const bumped = await gitopsCommand(["bump", "api", "--tag", "sha-2222222"], env);
      assert.deepEqual(
        [bumped.exitCode, bumped.stdout],
        [0, "Deploy api sha-2222222 to dev: waits in the queue. The workflow Land merges it."],
      );
      const { stdout, stderr, exitCode } = await gitopsCommand(["land", "--json"], env);
      assert.equal(exitCode, 0, stderr);
      const [{ commit, ...result } = {}, ...others] = JSON.parse(stdout) as Record<string, unknown>[];
      assert.match(String(commit), /^[0-9a-f]{40}$/);
      assert.deepEqual(others, []);
      assert.deepEqual(result, {
        service: "api",
        environment: "dev",
        image: "sha-2222222",
        state: "merged",
        summary: "Deploy api sha-2222222 to dev",
        pullRequest: { number: 1, url: `${gitops.url}/vaarak/gitops/pull/1` },
      });
      assert.match(stderr, /Opened .*\/pull\/1/);
      const again = await gitopsCommand(["bump", "api", "--tag", "sha-2222222"], env);
      assert.equal(again.stdout, "Deploy api sha-2222222 to dev: nothing to do, it is there already.");
      assert.equal((await gitopsCommand(["land"], env)).stdout, "Nothing waits.");
    } finally {
      await gitops.remove();
    }
  });
});
