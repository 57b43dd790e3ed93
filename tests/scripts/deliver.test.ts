/** The workflow that delivers this program to its stacks. tests/gitops-repo has the rules for every workflow. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { environments, graph } from "@gitops-platform/environments/environments";
import { Expressions } from "@gitops-platform/github-stand-in/actions/workflow/expressions";
import { callProblems } from "../documents/check-call";
import { makePrograms, runBlock } from "../documents/run-block";

const root = resolve(__dirname, "../..");

interface Caller {
  readonly if?: string;
  readonly needs?: string;
  readonly strategy?: { readonly matrix: { readonly stack: readonly string[] } };
  readonly permissions: object;
  readonly uses: string;
  readonly with: { readonly operation: string; readonly stack: string };
  readonly secrets: string;
}

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function jobsOf(name: string): unknown {
  return (parse(readFileSync(join(root, ".github/workflows", name), "utf8")) as { jobs: unknown }).jobs;
}

describe("the delivery of this program", function () {
  this.timeout(30_000);
  const { preview, ...ups } = jobsOf("deliver.yaml") as Record<string, Caller> & { preview: Caller };
  const names = environments.map(({ name }) => name);

  it("previews every stack, and delivers to every stack", () => {
    assert.deepEqual(preview.strategy?.matrix.stack, names, "matrix.stack of .github/workflows/deliver.yaml");
    assert.deepEqual(Object.keys(ups), names, "jobs of .github/workflows/deliver.yaml: add one for the environment");
    assert.equal(preview.with.operation, "preview");
    for (const [name, job] of Object.entries(ups)) assert.deepEqual(job.with, { operation: "up", stack: name });
  });

  it("delivers to a stack only after the one that it promotes from", () => {
    for (const [name, { needs }] of Object.entries(ups)) {
      assert.equal(needs, graph.previous(name), `needs of the job ${name}`);
    }
  });

  it("starts previews by its own pull requests, deliveries by pushes, and nothing without the variable", async () => {
    const expressions = await Expressions.load();
    const own = { full_name: "my-org/platform" };
    const pull = (repo: object) => ({
      github: {
        event_name: "pull_request",
        repository: "my-org/platform",
        event: { pull_request: { head: { repo } } },
      },
      vars: { DELIVER_STACKS: "true" },
    });
    const push = { github: { event_name: "push", event: {} }, vars: { DELIVER_STACKS: "true" } };
    const first = Object.values(ups).find(({ needs }) => needs === undefined);
    const starts = (contexts: Record<string, unknown>) =>
      [preview, first].map((job) => expressions.text(job?.if ?? "", contexts) === "true");
    assert.deepEqual(starts(pull(own)), [true, false]);
    assert.deepEqual(starts(pull({ full_name: "mallory/platform" })), [false, false]);
    assert.deepEqual(starts(push), [false, true]);
    for (const contexts of [pull(own), push]) assert.deepEqual(starts({ ...contexts, vars: {} }), [false, false]);
  });

  it("may only read the repository, and calls nothing but the workflow of one stack", () => {
    for (const job of [preview, ...Object.values(ups)]) {
      assert.deepEqual(job.permissions, { contents: "read" });
      assert.equal(job.uses, "./.github/workflows/stack.yaml");
    }
  });

  describe("to one stack", () => {
    const { run: job, newest } = jobsOf("stack.yaml") as {
      run: { needs: string; environment: string; concurrency: { group: string }; steps: Step[] };
      newest: { steps: Step[] };
    };
    const folder = mkdtempSync(join(tmpdir(), "deliver-"));
    let bin: string;
    before(() => {
      bin = makePrograms(folder);
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    const stepOf = (name: string): Step => {
      const found = [...newest.steps, ...job.steps].find((step) => step.name?.startsWith(name));
      assert.ok(found, name);
      return found;
    };
    const run = (step: Step, env: Record<string, string>, prints: Record<string, string> = {}) =>
      runBlock(step.run ?? "", bin, { folder: root, env, prints, runsGitops: false });

    it("uses an environment for each operation, whose rules are the gate", () => {
      assert.equal(job.environment, "${{ inputs.operation }}-${{ inputs.stack }}");
      // One that waits for an approval of production must not hold up or replace a preview.
      assert.equal(job.concurrency.group, "${{ inputs.operation }}-${{ inputs.stack }}-${{ github.ref }}");
    });

    it("reads secrets in its last step only", () => {
      const withSecrets = job.steps.filter((step) => JSON.stringify(step).includes("secrets."));
      assert.deepEqual(withSecrets, [job.steps.at(-1)]);
      assert.ok(job.steps.some(({ run }) => run === "npm ci"));
    });

    for (const operation of ["preview", "up"]) {
      it(`runs pulumi ${operation} with the policy pack`, async () => {
        const { calls, code } = await run(stepOf("Run Pulumi"), { OPERATION: operation, STACK: "prod" });
        assert.equal(code, 0);
        assert.equal(calls.length, 1);
        assert.deepEqual(calls.flatMap(callProblems), []);
        const [command, ...args] = calls[0]?.args ?? [];
        assert.equal(command, operation);
        assert.deepEqual(args.slice(0, 4), ["--stack", "prod", "--policy-pack", "packages/policy"]);
        assert.equal(args.includes("--yes"), operation === "up");
      });
    }

    it("refuses any other operation", async () => {
      const { calls, code } = await run(stepOf("Run Pulumi"), { OPERATION: "destroy", STACK: "prod" });
      assert.deepEqual([calls.length, code], [0, 1]);
    });

    it("ends a repeated old run before it could replace the newest one's job, and checks again after the wait", () => {
      assert.equal(job.needs, "newest");
      assert.deepEqual(
        ["environment", "concurrency"].filter((key) => key in newest),
        [],
      );
      const checks = [newest, job].map(({ steps }) =>
        steps.find(({ name }) => name?.startsWith("Check that no newer")),
      );
      const [first, again] = checks.map((step) => ({ ...step, name: undefined }));
      assert.deepEqual(first, again);
    });

    it("does not deliver an older commit, as when an old run is repeated", async () => {
      const step = stepOf("Check that no newer commit");
      assert.equal(step.if, "${{ inputs.operation == 'up' }}");
      const env = { GITHUB_REPOSITORY: "my-org/platform", GITHUB_REF_NAME: "main", GITHUB_SHA: "aaa" };
      const prints = (sha: string) => ({ "gh api repos/my-org/platform/commits/main --jq .sha": sha });
      assert.equal((await run(step, env, prints("aaa"))).code, 0);
      const { code, stderr } = await run(step, env, prints("bbb"));
      assert.equal(code, 1);
      assert.match(stderr, /^commit: got aaa; expected bbb/);
    });
  });
});
