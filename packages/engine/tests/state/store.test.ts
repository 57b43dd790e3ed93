import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, it } from "mocha";
import { EngineError } from "../../model/events";
import { type Change, journalOf, lockState, recordKey, type ResourceRecord, StateStore } from "../../state/store";

function record(urn: string, status: ResourceRecord["status"], id: string): ResourceRecord {
  return { urn, type: "t", custom: true, id, status, inputs: { "\n": "line\nbreak" }, outputs: {}, dependencies: [] };
}

describe("the state", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "state-"));
    file = path.join(folder, "deep", "dev.json");
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const anyRecord = fc
    .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("live", "creating", "condemned"), fc.constantFrom("1", "2"))
    .map(([urn, status, id]) => record(urn, status, id));
  const anyChange: fc.Arbitrary<Change> = fc.record({
    drop: fc.array(anyRecord.map(recordKey), { maxLength: 2 }),
    put: fc.array(anyRecord, { maxLength: 2 }),
  });

  it("contains the changes of all complete journal lines, wherever the file is truncated", () => {
    fc.assert(
      fc.property(
        fc.array(anyChange, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (changes, part) => {
          fs.rmSync(path.dirname(file), { recursive: true, force: true });
          const store = StateStore.open(file);
          // The state after each number of lines. The first change is already in the snapshot.
          const history: ResourceRecord[][] = [];
          for (const change of changes) {
            store.commit(change);
            history.push(store.all());
          }
          const journal = fs.readFileSync(journalOf(file));
          const cut = journal.subarray(0, Math.round(journal.length * part));
          fs.writeFileSync(journalOf(file), cut);
          const lines = cut.toString().split("\n").length - 1;
          const sorted = (records: ResourceRecord[] = []) => records.map((one) => JSON.stringify(one)).sort();
          const recovered = StateStore.open(file);
          assert.deepEqual(sorted(recovered.all()), sorted(history[Math.max(lines, 1) - 1]));
          recovered.commit({});
          assert.deepEqual(sorted(StateStore.open(file).all()), sorted(recovered.all()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is unchanged if merging the journal into the snapshot was interrupted", () => {
    const store = StateStore.open(file);
    store.commit({ put: [record("a", "creating", "")] });
    store.commit({ drop: ["a|creating"], put: [record("a", "live", "1")] });
    const journal = fs.readFileSync(journalOf(file));
    store.fold();
    const folded = store.all();
    assert.ok(!fs.existsSync(journalOf(file)));
    fs.writeFileSync(journalOf(file), journal);
    assert.deepEqual(StateStore.open(file).all(), folded);
  });

  it("is not written if nothing changed, and is readable only by its owner", () => {
    StateStore.open(file).finish();
    assert.ok(!fs.existsSync(file));
    const store = StateStore.open(file);
    store.commit({ put: [record("a", "live", "1")] });
    assert.equal(fs.statSync(journalOf(file)).mode & 0o777, 0o600);
    store.finish();
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.equal(StateStore.open(file).key, store.key);
  });

  it("is not read from a file that the engine did not write", () => {
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, "{");
    assert.throws(() => StateStore.open(file), EngineError);
    fs.writeFileSync(file, '{ "version": 3 }');
    assert.throws(() => StateStore.open(file), /got state version 3; expected 1/);
  });

  it("reports a damaged line of its journal, and ignores an incomplete last line", () => {
    const store = StateStore.open(file);
    store.commit({ put: [record("a", "live", "1")] });
    const journal = journalOf(file);
    const whole = fs.readFileSync(journal, "utf8");
    fs.writeFileSync(journal, `${whole}{"put":[{"ur`);
    assert.deepEqual(StateStore.open(file).all(), store.all());
    fs.writeFileSync(journal, `${whole}{"put":[{"ur\n${whole}`);
    assert.throws(
      () => StateStore.open(file),
      (error) =>
        error instanceof EngineError && /dev\.json\.journal: line 2: .*; expected a change/.test(error.message),
    );
  });

  it("can be locked by one run at a time", async () => {
    const unlock = await lockState(file);
    await assert.rejects(lockState(file), /got a lock of another run; expected no other run/);
    await unlock();
    await (
      await lockState(file)
    )();
    assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
  });

  it("can be locked if the process that held the lock was killed", async () => {
    const lock = `require("proper-lockfile").lockSync(${JSON.stringify(file)}, { realpath: false })`;
    fs.mkdirSync(path.dirname(file));
    const killed = spawnSync(process.execPath, ["-e", `${lock}; process.kill(process.pid, "SIGKILL")`]);
    assert.deepEqual([killed.signal, fs.existsSync(`${file}.lock`)], ["SIGKILL", true]);
    await (
      await lockState(file)
    )();
    assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
  });
});
