import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { Log } from "sarif";
import * as pulumi from "@pulumi/pulumi";
import { webhookSecrets } from "@gitops-platform/components/argocd/webhook-secrets";
import { rules } from "@gitops-platform/policy/rules";
import { evaluateStack, stacksOf } from "@gitops-platform/review/evaluate";
import type { EnvironmentReview } from "@gitops-platform/review/review";
import { evaluateRule, ruleNamed, type TestResource } from "@gitops-platform/policy/tests/support";
import { MUTATIONS, PRODUCTION_RULES } from "./mutations";
import { ProjectCopy } from "./support/project-copy";

// Here and not among the unit tests: the real program needs Argo CD's real manifests, which Go's module cache has.

const projectDir = path.join(__dirname, "../..");

describe("the policy pack, on the real program", () => {
  const reviews = new Map<string, EnvironmentReview>();

  before(async () => {
    for (const stack of stacksOf(projectDir)) {
      const packDir = path.join(projectDir, "packages", "policy");
      reviews.set(stack, await evaluateStack({ projectDir, stack, packDir, packConfig: undefined }));
    }
  });

  // A review hides what Secrets hold. Rules see it.
  const hidden = Object.fromEntries(Object.keys(webhookSecrets(pulumi.secret(""))).map((entry) => [entry, "czNjcjN0"]));

  /** What a stack registers, to be changed at will. */
  function resources(stack: string): TestResource[] {
    const registered = reviews.get(stack)?.resources ?? [];
    assert.ok(registered.length > 60, `${stack} registers ${registered.length} resources`);
    return registered.map(({ type, name, inputs, protect }) => ({
      type,
      name,
      props: { ...structuredClone(inputs), ...(name === "secret-argocd-secret" && { data: structuredClone(hidden) }) },
      protect,
    }));
  }

  for (const stack of ["dev", "staging", "prod"]) {
    it(`passes ${stack}, and every rule was evaluated`, () => {
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

  it("has a mutation for each of its rules, and none for a rule that is not there", () => {
    assert.deepEqual(Object.keys(MUTATIONS).sort(), rules.map(({ name }) => name).sort());
  });

  for (const [name, mutations] of Object.entries(MUTATIONS)) {
    for (const { what, make, onlyProduction = PRODUCTION_RULES.includes(name) } of mutations) {
      for (const stack of onlyProduction ? ["prod"] : ["dev", "staging", "prod"]) {
        it(`${name} catches in ${stack}: ${what}`, () => {
          const mutated = resources(stack);
          assert.deepEqual(evaluateRule(ruleNamed(name), stack, mutated), []);
          make(mutated);
          assert.notDeepEqual(evaluateRule(ruleNamed(name), stack, mutated), []);
        });
      }
    }
  }
});

describe("npm run review", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "review-command-"));
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const review = (...args: string[]) =>
    execa("npm", ["run", "--silent", "review", "--", ...args], { cwd: projectDir, reject: false });

  it("exits with 1 where a mandatory rule is broken, and says so as data", async () => {
    const config = path.join(folder, "pack.json");
    // As if dev's changes had to wait for approval, which they do not.
    writeFileSync(config, JSON.stringify({ "production-waits-for-approval": { environments: ["dev"] } }));
    const file = path.join(folder, "review.sarif");
    const args = ["--write", `sarif=${file}`, "--policy-pack-config", config];
    const { exitCode, stdout } = await review("dev", "--format", "sarif", ...args);
    assert.equal(exitCode, 1);
    assert.equal(readFileSync(file, "utf8").trimEnd(), stdout);
    const [run] = (JSON.parse(stdout) as Log).runs;
    assert.deepEqual(
      run?.results?.map(({ ruleId, level, message }) => ({ ruleId, level, text: message.text })),
      [
        'targetRevision: got "refs/heads/main"; expected "refs/heads/env/dev" with automated sync.',
        "helm: got one; expected none, because manifests are rendered before their approval.",
        'path: got "charts/service"; expected manifests/<service>.',
        'directory.include: got nothing; expected "manifests.yaml".',
      ].map((text) => ({
        ruleId: "production-waits-for-approval",
        level: "error",
        text: `dev, Application application-api: ${text}`,
      })),
    );
  });

  it("tells of a change of the program what it changes and what it breaks, and nothing of what was so before", async function () {
    this.timeout("10m"); // the program is evaluated four times
    const copy = new ProjectCopy(projectDir);
    try {
      // As people who follow the README have it: what cannot be read is no change.
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

  it("tells in one message what is wrong with what it was asked", async () => {
    const { exitCode, stdout, stderr } = await review("nowhere");
    assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" });
    assert.match(
      stderr,
      /^error: environment: got nowhere; expected dev, staging, prod\. Pass one of these, or none for all\.$/m,
    );
    assert.ok(!/^\s+at /m.test(stderr), stderr);
  });
});
