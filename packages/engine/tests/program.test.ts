import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { destroy, EngineError, InterruptedError, preview, up, type EngineEvent, type StackOptions } from "..";
import { printer } from "../printer";
import { UNKNOWN, type Inputs } from "../model/provider";
import { until } from "@gitops-platform/clients/until";
import { FakeProvider } from "./support/fake-provider";

const PROJECT = path.join(__dirname, "programs", "things");
const REGISTER = path.join(__dirname, "..", "..", "..", "scripts", "register.js");
const TOKEN = "hunter2-and-more";

/** Runs real programs in their own process, with an in-memory provider. */
describe("a Pulumi program under the engine", function () {
  this.timeout(60_000);
  let folder: string;
  let fake: FakeProvider;
  let printed: string;
  let events: EngineEvent[];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "program-"));
    fake = new FakeProvider();
    printed = "";
    events = [];
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  function stack(scenario: string, more: Partial<StackOptions> = {}): StackOptions {
    const configFile = path.join(folder, `Pulumi.${scenario}.yaml`);
    const config = { "things:scenario": scenario, "things:list": [1, { a: "b" }], "things:token": TOKEN };
    fs.writeFileSync(configFile, JSON.stringify({ config }));
    const write = (text: string) => (printed += text);
    const print = printer("up", { data: write, status: write, color: false });
    return {
      projectDir: PROJECT,
      stack: "test",
      configFile,
      stateFile: path.join(folder, "state.json"),
      providers: { test: fake.factory },
      report: (event) => {
        events.push(event);
        print(event);
      },
      ...more,
    };
  }

  const message = async (run: Promise<unknown>): Promise<string> => {
    const error = await run.then(
      () => assert.fail("expected a failure"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof EngineError, String(error));
    return error.message;
  };

  /** The inputs of every create, including previews. */
  function creates(): Inputs[] {
    const seen: Inputs[] = [];
    const create = fake.create.bind(fake);
    fake.create = (type, inputs, options) => {
      seen.push(inputs);
      return create(type, inputs, options);
    };
    return seen;
  }

  it("is previewed, created, left unchanged, kept when it fails, and destroyed", async () => {
    const settings = { list: [1, { a: "b" }] };
    const seen = creates();
    const planned = await preview(stack("chain"));
    assert.equal(planned.counts.create, 6);
    assert.deepEqual(planned.outputs, { serial: "[unknown]", settings, third: "third" });
    assert.deepEqual(seen[1], { name: "second", value: UNKNOWN });
    assert.equal(fake.calls.length, 0);
    assert.ok(!fs.existsSync(path.join(folder, "state.json")));
    assert.deepEqual(fake.configured, [{ flag: true }]);

    const made = await up(stack("chain"));
    assert.equal(made.counts.create, 6);
    assert.deepEqual(made.outputs, { serial: "serial-second", settings, third: "third" });
    assert.deepEqual(fake.calls, ["create pair-first", "create second", "create third"]);
    assert.equal(fake.objects.get("second")?.value, "serial-pair-first");
    const urns = events.flatMap((event) => (event.kind === "resource" ? [event.urn] : []));
    assert.ok(urns.includes("urn:pulumi:test::things::things:index:Pair$test:index:Thing::pair-first"));

    assert.equal((await up(stack("chain"))).counts.same, 6);
    assert.equal(
      await message(up(stack("fails"))),
      "replicas: got -1; expected a whole number from 1. Correct Pulumi.test.yaml.",
    );
    const left = fake.calls.slice(3).filter((call) => call !== "create before");
    assert.deepEqual(left, []);

    const { counts } = await destroy(stack("chain"));
    assert.ok(counts.delete >= 6);
    const deleted = fake.calls.filter((call) => call.startsWith("delete") && call !== "delete before");
    assert.deepEqual(deleted, ["delete third", "delete second", "delete pair-first"]);
    assert.equal(fake.objects.size, 0);
    assert.deepEqual(fs.readdirSync(folder).sort(), ["Pulumi.chain.yaml", "Pulumi.fails.yaml", "state.json"]);
  });

  it("has its messages reported, and its secrets neither shown nor stored", async () => {
    const seen = creates();
    const { outputs } = await up(stack("secrets"));
    assert.deepEqual(outputs, { token: "[secret]", derived: "[secret]", serial: "[secret]" });
    assert.deepEqual(
      seen.map(({ value }) => value),
      [TOKEN, { inner: `prefix-${TOKEN}` }],
    );
    assert.equal(fake.configured[0]?.token, TOKEN);
    assert.match(printed, /^from console\.log$/m);
    assert.match(printed, /^warning: from log\.warn$/m);
    assert.match(printed, /sandbox and for reviews, not for\s+production/);
    const state = fs.readFileSync(path.join(folder, "state.json"), "utf8");
    for (const text of [state, printed, JSON.stringify(events)]) {
      for (const secret of [TOKEN, "serial-derived"]) assert.ok(!text.includes(secret), `${secret} in ${text}`);
    }
  });

  it("runs up to the maximum number of operations at once, and stops cleanly on request", async () => {
    const controller = new AbortController();
    const four = Promise.withResolvers<undefined>();
    let arrived = 0;
    fake.before = () => {
      arrived += 1;
      if (arrived === 4) {
        controller.abort();
        four.resolve(undefined);
      }
      return four.promise;
    };
    await assert.rejects(up(stack("many", { parallel: 4, signal: controller.signal })), InterruptedError);
    assert.equal(fake.mostAtOnce, 4);
    assert.equal(fake.calls.length, 4);
    const state = fs.readFileSync(path.join(folder, "state.json"), "utf8");
    assert.equal(state.match(/"serial": "serial-thing-/g)?.length, 4);
    assert.ok(!state.includes('"creating"'));
  });

  it("reaches the declared state in the next run after kill -9 during a create", async () => {
    const objects = path.join(folder, "objects.json");
    const { configFile, stateFile } = stack("lasting");
    const script = path.join(__dirname, "support", "killed-up.ts");
    const args = ["-r", REGISTER, script, PROJECT, configFile, stateFile, objects, "5"];
    const { signal, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(signal, "SIGKILL");
    const started = stdout.trim().split("\n").map(Number);
    await until("the program's process has ended", () => {
      const left = started.filter(isRunning);
      return Promise.resolve(left.length === 0 ? { done: true } : { waitingFor: left.join(", ") });
    });
    const existing = JSON.parse(fs.readFileSync(objects, "utf8")) as [string, Inputs][];
    assert.ok(existing.length >= 5);
    for (const [id, object] of existing) fake.objects.set(id, object);
    await up(stack("many"));
    assert.equal(fake.objects.size, 20);
    assert.equal(fake.calls.filter((call) => call.startsWith("create")).length, 20 - existing.length);
  });

  it("is rejected with the names of unsupported features", async () => {
    assert.match(
      await message(preview(stack("options"))),
      /^odd \(test:index:Thing\): got customTimeouts, replaceWith, hideDiffs; the local engine does not support it/,
    );
    const state = await message(preview(stack("state-options")));
    for (const option of [
      "aliases",
      "deleteBeforeReplace",
      "deletedWith",
      "replaceOnChanges",
      "ignoreChanges: value.a",
    ])
      assert.ok(state.includes(option), state);
    assert.match(await message(preview(stack("hook"))), /^hooks: the local engine does not support it/);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("the engine's command line", function () {
  this.timeout(60_000);

  it("reports an error in one message, and exits with 1", () => {
    const main = path.join(__dirname, "..", "main.ts");
    const args = ["-r", REGISTER, main, "up", "-s", "nowhere"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: PROJECT, encoding: "utf8" });
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /error: .*Pulumi\.nowhere\.yaml: got no such file; expected a Pulumi YAML file/);
    assert.ok(!stderr.includes("    at "));
  });
});
