/** Rules for every workflow of the platform. tests/integration checks their syntax with actionlint. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { Expressions } from "@gitops-platform/github-stand-in/actions/workflow/expressions";

interface Job {
  if?: string;
  uses?: string;
  "timeout-minutes"?: number;
  permissions?: Record<string, string>;
  environment?: string;
  steps?: { uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }[];
}

interface Workflow {
  concurrency?: { group: string };
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const root = join(__dirname, "../..");
// "." is this project's own repository.
const files = ["gitops-repo", "app-repo", "."].flatMap((repository) => {
  const folder = join(root, repository, ".github/workflows");
  return readdirSync(folder).map((name) => ({ name: join(repository, name), file: join(folder, name) }));
});

/** The write permissions of single workflows: all of them, and those of jobs that use actions. */
const PERMITTED: Partial<Record<string, { all: string[]; actions?: string[] }>> = {
  // Permits no writes: it only lets the job prove its identity.
  "app-repo/image.yaml": { all: ["id-token"] },
  // The job that attests runs nothing of the project; the one that publishes uses no action.
  "release.yaml": { all: ["attestations", "id-token", "contents"], actions: ["attestations", "id-token"] },
};

function read(name: string): Workflow {
  return parse(readFileSync(join(root, "gitops-repo/.github/workflows", name), "utf8")) as Workflow;
}

/** The permissions of the App's token. */
function permissionsOf({ jobs }: Workflow): string[] {
  const tokens = Object.values(jobs).flatMap(({ steps = [] }) =>
    steps.filter(({ uses }) => uses?.includes("app-token")),
  );
  return tokens.flatMap((step) =>
    Object.entries(step.with ?? {}).flatMap(([key, level]) =>
      key.startsWith("permission-") ? [`${key.slice("permission-".length)}: ${String(level)}`] : [],
    ),
  );
}

describe("the workflow", () => {
  for (const { name, file } of files) {
    describe(name, () => {
      const text = readFileSync(file, "utf8");
      const workflow = parse(text) as Workflow;
      const jobs = Object.values(workflow.jobs);
      const steps = jobs.flatMap((job) => job.steps ?? []);

      it("grants its jobs only explicit permissions, and no write permission if they use actions", () => {
        assert.deepEqual(workflow.permissions, {});
        const runsFiles = jobs.filter((job) => job.steps?.some(({ uses }) => uses !== undefined));
        const granted = runsFiles.flatMap((job) => Object.entries(job.permissions ?? {}));
        const ofActions = ["packages", "security-events", ...(PERMITTED[name]?.actions ?? [])];
        assert.deepEqual(
          granted.filter(([scope, level]) => level !== "read" && !ofActions.includes(scope)),
          [],
        );
        const writes = jobs
          .flatMap((job) => Object.entries(job.permissions ?? {}))
          .filter(([, level]) => level === "write");
        assert.deepEqual(
          writes
            .map(([scope]) => scope)
            .filter((scope) => !["packages", "pull-requests", "security-events"].includes(scope)),
          PERMITTED[name]?.all ?? [],
        );
      });

      it("pins every action by commit, and names its version", () => {
        for (const { uses } of steps) {
          if (uses === undefined) continue;
          assert.match(uses, /^[\w-]+(\/[\w-]+)+@[0-9a-f]{40}$/);
          assert.match(text, new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+`));
        }
      });

      it("ends a job that hangs", () => {
        for (const job of jobs) {
          if (job.uses === undefined) assert.ok((job["timeout-minutes"] ?? Infinity) <= 180);
        }
      });

      it("inserts no expressions into scripts", () => {
        for (const { run } of steps) assert.doesNotMatch(run ?? "", /\$\{\{/);
      });

      it("leaves no credential after a checkout", () => {
        const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
        for (const step of checkouts) assert.equal(step.with?.["persist-credentials"], false);
      });

      it("reads secrets only in jobs with a deployment environment, which only main can use", () => {
        for (const job of jobs) {
          const reads = JSON.stringify(job.steps ?? []).includes("secrets.");
          assert.equal(job.environment !== undefined, reads);
        }
      });
    });
  }

  it("publishes a release only after CI, and from a job that builds without a cache and cannot write", () => {
    const text = readFileSync(join(root, ".github/workflows/release.yaml"), "utf8");
    const { jobs } = parse(text) as { jobs: Partial<Record<string, Job & { needs?: string | string[] }>> };
    assert.deepEqual(jobs.ci?.uses, "./.github/workflows/ci.yaml");
    assert.deepEqual([jobs.build?.needs, jobs.attest?.needs], ["ci", "build"]);
    assert.deepEqual(jobs.publish?.needs, ["build", "attest"]);
    assert.deepEqual(jobs.build?.permissions, { contents: "read" });
    assert.doesNotMatch(text, /cache:/);
  });

  it("Validate renders a pull request's content in a job without a key", () => {
    const { jobs } = read("validate.yaml");
    assert.equal(jobs.validate?.environment, undefined);
    assert.deepEqual(jobs.validate?.permissions, { contents: "read", "pull-requests": "read" });
  });

  it("applies the rules on main, also when an old run is repeated", () => {
    for (const { name, file } of files.filter(({ name }) => name.startsWith("gitops-repo/"))) {
      const { jobs } = parse(readFileSync(file, "utf8")) as Workflow;
      const checkouts = Object.values(jobs).flatMap(({ steps = [] }) =>
        steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")),
      );
      for (const step of checkouts) assert.equal(step.with?.ref, "refs/heads/main", name);
    }
  });

  it("repeats the same first steps in each job that runs gitops, except for the App and its permissions", () => {
    const jobs = files
      .filter(({ name }) => name.startsWith("gitops-repo/"))
      .flatMap(({ file }) => Object.values((parse(readFileSync(file, "utf8")) as Workflow).jobs))
      .filter(({ steps = [] }) => steps.length > 1);
    assert.equal(jobs.length, 10);
    const [first] = jobs;
    for (const { environment, steps = [] } of jobs) {
      const [checkout, node, ...rest] = steps;
      assert.deepEqual([checkout, node], first?.steps?.slice(0, 2));
      const token = rest.length > 1 ? rest.shift() : undefined;
      assert.equal(token !== undefined, environment !== undefined);
      assert.match(rest[0]?.run ?? "", /^node \.github\/gitops\/gitops\.mjs /);
      assert.equal(rest.length, 1);
      if (!token) continue;
      const { "app-id": id, "private-key": key, ...permissions } = token.with ?? {};
      const app = `${environment?.toUpperCase() ?? ""}_APP`;
      assert.deepEqual([id, key], [`\${{ vars.${app}_ID }}`, `\${{ secrets.${app}_KEY }}`]);
      assert.deepEqual({ ...token, with: {} }, { ...first?.steps?.[2], with: {} });
      // Without any, the token would have every permission of the App.
      assert.ok(Object.keys(permissions).length > 0);
      for (const name of Object.keys(permissions)) assert.match(name, /^permission-/);
      assert.equal(rest[0]?.env?.GITHUB_TOKEN, "${{ steps.token.outputs.token }}");
    }
  });

  it("pins an action at one commit everywhere", () => {
    const pins = new Map<string, Set<string>>();
    for (const { file } of files) {
      for (const [, action = "", pin = ""] of readFileSync(file, "utf8").matchAll(/uses: ([\w/-]+)@(.*)/g)) {
        pins.set(action, (pins.get(action) ?? new Set()).add(pin));
      }
    }
    assert.deepEqual(
      [...pins].filter(([, found]) => found.size > 1),
      [],
    );
  });

  it("passes the actors of the run and of its latest attempt, but no token that a log would show", () => {
    const ASKED = { GITOPS_REQUESTED_BY: "${{ github.triggering_actor }}", GITOPS_STARTED_BY: "${{ github.actor }}" };
    for (const name of ["bump.yaml", "promote.yaml", "rollback.yaml", "break-glass.yaml"]) {
      const steps = Object.values(read(name).jobs).flatMap((job) => job.steps ?? []);
      const { env = {} } = steps.find(({ run }) => run?.includes("gitops.mjs") === true) ?? {};
      assert.deepEqual({ ...env, ...ASKED }, env, name);
      assert.doesNotMatch(JSON.stringify(steps), /identity/);
    }
  });

  it("Land uses the rules of main, not of the queue, and runs after every bump, one run at a time", () => {
    const { on, concurrency, jobs } = read("land.yaml");
    // A trigger on pushes to the queue would run the file of the pushed branch.
    assert.deepEqual(Object.keys(on), ["workflow_run", "schedule", "workflow_dispatch"]);
    assert.deepEqual(on.workflow_run, { workflows: ["Bump"], types: ["completed"] });
    assert.deepEqual(concurrency, { group: "land" });
    // Bump must not wait, because Land starts only after it.
    assert.doesNotMatch(JSON.stringify(read("bump.yaml").jobs), /--wait/);
    assert.deepEqual(permissionsOf(read("bump.yaml")), ["contents: write"]);
    assert.deepEqual(permissionsOf({ on, jobs }), ["checks: read", "contents: write", "pull-requests: write"]);
  });

  it("Promote automatically has no inputs and no requester, uses the file of main, and runs one at a time", () => {
    const { on, concurrency, jobs } = read("promote-automatically.yaml");
    // A deployment_status run would use the file of the deployed commit, which any writer can choose.
    assert.deepEqual(Object.keys(on), ["schedule", "workflow_dispatch"]);
    assert.equal(on.workflow_dispatch, null);
    assert.deepEqual(concurrency, { group: "promote-automatically" });
    const permissions = ["checks: read", "contents: write", "deployments: read", "pull-requests: write"];
    assert.deepEqual(permissionsOf({ on, jobs }), permissions);
    const { env = {}, run } = Object.values(jobs)[0]?.steps?.at(-1) ?? {};
    assert.deepEqual(Object.keys(env), ["GITHUB_TOKEN", "GITOPS_BOT"]);
    assert.match(run ?? "", /gitops\.mjs promote --automatic --timeout 25$/);
  });

  it("Promote names the chosen environment, or none for every next one", async () => {
    const expressions = await Expressions.load();
    const { on, jobs } = read("promote.yaml");
    const { to } = (on.workflow_dispatch as { inputs: Record<string, { default?: string }> }).inputs;
    const template = Object.values(jobs)[0]?.steps?.at(-1)?.env?.TO ?? "";
    const named = (choice: string) => expressions.text(template, { inputs: { to: choice } });
    assert.deepEqual([named(to?.default ?? ""), named("prod")], ["", "prod"]);
  });

  it("Release runs after Validate, but not for bumps and promotions, which replace no pending run", async () => {
    const expressions = await Expressions.load();
    const { on, concurrency, jobs } = read("release.yaml");
    assert.ok((on.workflow_run as { workflows: string[] }).workflows.includes("Validate"));
    const judge = (event: object) => {
      const contexts = { github: { event, run_id: 7 } };
      const runs = expressions.condition(jobs.release?.if ?? "", contexts, { status: "success" });
      return [runs, expressions.text(concurrency?.group ?? "", contexts)];
    };
    const ended = (name: string, head_branch: string) => judge({ workflow_run: { name, head_branch } });
    assert.deepEqual(ended("Validate", "release/prod/api"), [true, "release"]);
    assert.deepEqual(ended("Four eyes", "main"), [true, "release"]);
    // A person's pull request into env/prod may come from any branch.
    assert.deepEqual(ended("Validate", "revert-12-main"), [true, "release"]);
    for (const branch of ["bump/dev", "promote/api-to-prod", "rollback/api"]) {
      assert.deepEqual(ended("Validate", branch), [false, "release-nothing-7"]);
    }
    assert.deepEqual(judge({}), [true, "release"]);
  });
});
