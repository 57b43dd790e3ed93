import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { Log } from "sarif";
import * as pulumi from "@pulumi/pulumi";
import { webhookSecrets } from "@gitops-platform/components/argocd/webhook";
import { rules } from "@gitops-platform/policy/rules";
import { evaluateStack, stacksOf } from "@gitops-platform/review/evaluate";
import type { EnvironmentReview } from "@gitops-platform/review/review";
import { evaluateRule, ruleNamed, type TestResource } from "@gitops-platform/policy/tests/support";
import { rendered } from "@gitops-platform/gitops/tests/catalogue/repository";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { MUTATIONS, PRODUCTION_RULES } from "./mutations";
import { ProjectCopy } from "./support/project-copy";

// Not a unit test, because the real program needs Argo CD's real manifests, which come from Go's module cache.

const projectDir = path.join(__dirname, "../..");

describe("the policy pack, on the real program", () => {
  const reviews = new Map<string, EnvironmentReview>();

  before(async () => {
    const clone = new LocalRepository();
    try {
      const stacks = stacksOf(projectDir);
      const declared = { "services/api.yaml": "team: api\nenvironments: [dev, staging, prod]\n" };
      const commit = clone.commit(rendered(declared, stacks));
      for (const branch of ["main", "env/prod"]) clone.git("update-ref", `refs/remotes/origin/${branch}`, commit);
      const packDir = path.join(projectDir, "packages", "policy");
      const how = { projectDir, packDir, packConfig: undefined, gitopsRepository: clone.folder };
      for (const stack of stacks) reviews.set(stack, await evaluateStack({ ...how, stack }));
    } finally {
      clone.remove();
    }
  });

  // A review hides the content of Secrets, but rules check it. These values take its place.
  const hidden = Object.fromEntries(Object.keys(webhookSecrets(pulumi.secret(""))).map((entry) => [entry, "czNjcjN0"]));

  /** A copy of what a stack registers and its catalogue declares, which tests can change. */
  function resources(stack: string): TestResource[] {
    const registered = reviews.get(stack)?.resources ?? [];
    assert.ok(registered.length > 60, `${stack} registers ${registered.length} resources`);
    return registered.map(({ type, name, inputs, protect }) => ({
      type,
      name: shortName(name, inputs),
      props: { ...structuredClone(inputs), ...(name === "secret-argocd-secret" && { data: structuredClone(hidden) }) },
      protect,
    }));
  }

  for (const stack of ["dev", "staging", "prod"]) {
    it(`finds no violation in ${stack}, with every rule evaluated`, () => {
      const { findings, notEvaluated, notApplicable, pack } = reviews.get(stack) ?? assert.fail();
      assert.deepEqual(
        { findings, notEvaluated, notApplicable },
        { findings: [], notEvaluated: [], notApplicable: [] },
      );
      assert.deepEqual(
        pack.rules.map(({ name, level }) => `${name} ${level}`),
        rules.map(({ name, enforcementLevel }) => `${name} ${enforcementLevel}`),
      );
    });
  }

  it("has mutations for exactly its rules", () => {
    assert.deepEqual(Object.keys(MUTATIONS).sort(), rules.map(({ name }) => name).sort());
  });

  for (const [name, mutations] of Object.entries(MUTATIONS)) {
    for (const { what, make, onlyProduction = PRODUCTION_RULES.includes(name) } of mutations) {
      for (const stack of onlyProduction ? ["prod"] : ["dev", "staging", "prod"]) {
        it(`${name} detects in ${stack}: ${what}`, () => {
          const mutated = resources(stack);
          assert.deepEqual(evaluateRule(ruleNamed(name), stack, mutated), []);
          make(mutated);
          assert.notDeepEqual(evaluateRule(ruleNamed(name), stack, mutated), []);
        });
      }
    }
  }
});

/** The name of a catalogue's object as of a resource, `<kind>-<namespace>-<name>`, without the namespace argocd. */
function shortName(name: string, { kind }: Record<string, unknown>): string {
  if (!name.startsWith("delivery/")) return name;
  const [, namespace = "", own = ""] = /:(?:([^:]+):)?([^:]+)$/.exec(name) ?? [];
  const place = namespace === "argocd" ? "" : namespace;
  return [String(kind).toLowerCase(), place, own].filter((part) => part !== "").join("-");
}

describe("npm run review", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "review-command-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const review = (...args: string[]) =>
    execa("npm", ["run", "--silent", "review", "--", ...args], { cwd: projectDir, reject: false });

  it("exits with 1 if a mandatory rule is violated, with the violations as SARIF", async () => {
    const config = path.join(folder, "pack.json");
    // Configures the rule as if dev's changes had to wait for approval.
    writeFileSync(config, JSON.stringify({ "production-waits-for-approval": { environments: ["dev"] } }));
    const file = path.join(folder, "review.sarif");
    const args = ["--write", `sarif=${file}`, "--policy-pack-config", config];
    const { exitCode, stdout } = await review("dev", "--format", "sarif", ...args);
    assert.equal(exitCode, 1);
    assert.equal(readFileSync(file, "utf8").trimEnd(), stdout);
    const [run] = (JSON.parse(stdout) as Log).runs;
    assert.deepEqual(
      run?.results?.map(({ ruleId, level, message }) => ({ ruleId, level, text: message.text })),
      ['catalogue: targetRevision: got "refs/heads/main"; expected "refs/heads/env/dev" with automated sync.'].map(
        (text) => ({
          ruleId: "production-waits-for-approval",
          level: "error",
          text: `dev, Application application-${text}`,
        }),
      ),
    );
  });

  it("reports with --against only the differences and violations that a change causes", async function () {
    this.timeout("10m"); // the program is evaluated four times
    const copy = new ProjectCopy(projectDir);
    try {
      // The state after following the README. Encrypted values, which a review cannot read, are not a change.
      const encrypted = ["releaseAppKey", "bumpAppKey", "releaseAlertsUrl", "repositoryToken"];
      copy.edit("Pulumi.prod.yaml", (text) =>
        [text, ...encrypted.map((key) => `  gitops-platform:${key}: { secure: AAABAC }`)].join("\n"),
      );
      copy.commit();
      const since = () => copy.review("prod", "--against", "HEAD");
      const same = await since();
      assert.deepEqual([same.exitCode, same.stderr], [0, ""]);
      assert.match(same.stdout, /nothing/i);
      copy.edit("components/repository/rulesets.ts", (text) =>
        text.replace("deletion: true, nonFastForward: true", "deletion: false, nonFastForward: true"),
      );
      const { exitCode, stdout: text } = await since();
      assert.equal(exitCode, 1);
      for (const rule of ["approval-records-are-kept", "branches-are-protected"]) assert.match(text, new RegExp(rule));
      assert.match(text, /do not apply\.$/);
      assert.match(text, /RepositoryRuleset ruleset-env\/prod/);
      assert.match(text, /rules\.deletion/);
      assert.doesNotMatch(text, /RepositoryFile|Secret /);
    } finally {
      copy.remove();
    }
  });

  it("reports invalid arguments in one message", async () => {
    const { exitCode, stdout, stderr } = await review("nowhere");
    assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    assert.match(
      stderr,
      /^error: environment: got nowhere; expected dev, staging, prod\. Pass one of these, or none for all\.$/m,
    );
    assert.ok(!/^\s+at /m.test(stderr), stderr);
  });
});
