import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { EngineError, review, type Evaluation, type Finding, type StackOptions } from "../..";
import { until } from "@gitops-platform/clients/until";
import { FakeProvider } from "../support/fake-provider";

const PROJECT = path.join(__dirname, "..", "programs", "things");
const PACK = path.join(__dirname, "..", "packs", "things");
const TOKEN = "hunter2-and-more";

/** Runs a real pack and a real program, each in its own process, with an in-memory provider. */
describe("a policy pack under the engine", function () {
  this.timeout(60_000);
  let folder: string;
  let fake: FakeProvider;
  let findings: Finding[];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "pack-"));
    fake = new FakeProvider();
    findings = [];
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  function stack(scenario: string, packConfig?: unknown): StackOptions & { policyPack: { folder: string } } {
    const configFile = path.join(folder, "Pulumi.test.yaml");
    const config = { "things:scenario": scenario, "things:list": [1], "things:token": TOKEN };
    fs.writeFileSync(configFile, JSON.stringify({ config }));
    const own = path.join(folder, "pack.json");
    if (packConfig !== undefined) fs.writeFileSync(own, JSON.stringify(packConfig));
    return {
      projectDir: PROJECT,
      stack: "test",
      configFile,
      stateFile: path.join(folder, "state.json"),
      providers: { test: fake.factory },
      policyPack: { folder: PACK, ...(packConfig !== undefined && { configFile: own }) },
    };
  }

  const failure = async (run: Promise<unknown>): Promise<string> => {
    const error = await run.then(
      () => assert.fail("expected a failure"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof EngineError, String(error));
    return error.message;
  };
  const reviewed = async (options: Parameters<typeof review>[0]): Promise<Evaluation> => {
    const evaluation = await review(options);
    findings = evaluation.findings;
    return evaluation;
  };
  const of = (rule: string) => findings.filter((finding) => finding.rule.name === rule);

  it("is evaluated on every resource and on the stack, and describes its rules", async () => {
    const { pack } = await reviewed(stack("chain"));
    assert.deepEqual([pack.name, pack.version, pack.rules.length], ["things-policy", "1.2.3", 4]);
    assert.deepEqual(
      of("no-third").map(({ rule, message, urn, kind }) => [
        rule.level,
        rule.fix,
        message,
        urn.split("::").at(-1),
        kind,
      ]),
      [["mandatory", "Remove it.", "third: got one in test.", "third", "violation"]],
    );
    // The program, the provider, the component and three things.
    assert.match(of("counts")[0]?.message ?? "", /^6 resources, the first below pair$/);
    assert.match(of("quotes")[0]?.message ?? "", /"provider":"provider"/);
    assert.deepEqual(fake.calls, []);
  });

  it("reports rules that could not be evaluated separately from violations", async () => {
    await reviewed(stack("chain"));
    const unknown = findings.filter(({ kind }) => kind === "unknown");
    assert.deepEqual(
      unknown.map(({ rule, urn }) => [rule.name, rule.level, urn.split("::").at(-1)]),
      [["needs-values", "mandatory", "second"]],
    );
    assert.match(unknown[0]?.message ?? "", /^string value at \.value can't be known/);
  });

  it("reads enforcement levels and properties of rules from a file", async () => {
    const off = {
      "no-third": { names: ["pair-first"] },
      quotes: "disabled",
      "needs-values": "disabled",
      counts: "disabled",
    };
    await reviewed(stack("chain", off));
    assert.deepEqual(
      findings.map(({ rule, urn }) => `${rule.level} ${rule.name} ${urn.split("::").at(-1) ?? ""}`),
      ["mandatory no-third pair-first"],
    );
    await reviewed(stack("chain", { ...off, "no-third": "advisory" }));
    assert.deepEqual(
      findings.map(({ rule, urn }) => `${rule.level} ${rule.name} ${urn.split("::").at(-1) ?? ""}`),
      ["advisory no-third third"],
    );
    assert.match(
      await failure(review(stack("chain", { nobody: "advisory" }))),
      /got nobody; expected rules of the pack/,
    );
    assert.match(await failure(review(stack("chain", { quotes: "remediate" }))), /quotes: got level remediate/);
  });

  it("removes secrets from the messages of rules", async () => {
    await reviewed(stack("secrets"));
    assert.ok(of("quotes").length >= 2);
    const printed = JSON.stringify(findings);
    assert.ok(printed.includes("[secret]") && !printed.includes(TOKEN), printed);
  });

  /** Creates a pack with this source code in the test's folder. */
  function packThat(does: string): { folder: string } {
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ main: "index.ts" }));
    fs.symlinkSync(path.join(PROJECT, "../../../../../node_modules"), path.join(folder, "node_modules"));
    fs.writeFileSync(path.join(folder, "index.ts"), does);
    return { folder };
  }

  function assertNoProcess(): void {
    const { stdout } = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" });
    assert.ok(!stdout.includes(folder), stdout);
  }

  it("reports why a pack did not start, and leaves no process behind", async () => {
    const policyPack = packThat('throw new Error("no rules today");');
    const message = await failure(review({ ...stack("chain"), policyPack }));
    assert.match(message, /^policy pack .*: exited with code \d+; expected it to keep running\.\n[^]*no rules today/);
    assert.ok(!/^\s+at /m.test(message), message);
    assertNoProcess();
  });

  it("is killed if the run is stopped during its start, and leaves no process behind", async () => {
    const policyPack = packThat('require("node:fs").writeFileSync("began", ""); setInterval(() => undefined, 1000);');
    const stop = new AbortController();
    const stopped = failure(review({ ...stack("chain"), policyPack, signal: stop.signal }));
    await until("the pack begins", () => {
      const hasBegun = fs.existsSync(path.join(folder, "began"));
      return Promise.resolve(hasBegun ? { done: true } : { waitingFor: "it" });
    });
    stop.abort();
    assert.match(await stopped, /^Stopped on request/);
    assertNoProcess();
  });
});
