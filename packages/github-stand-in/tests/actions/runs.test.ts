import assert from "node:assert/strict";
import { dispatchInputs } from "../../actions/events/starts";
import { ConcurrencyGroups, JobSlots, type Member } from "../../actions/runs/concurrency";
import { deploymentRefusal } from "../../domain/environments";
import { jobTokenScopes } from "../../actions/runs/job-token";
import { parseCommandFile } from "../../actions/steps/run-step";
import { Masks } from "../../actions/steps/job-log";
import type { EnvironmentRecord, RepositoryRecord } from "../../store/records";

class Worker implements Member {
  readonly abort = new AbortController();
  readonly signal = this.abort.signal;
  readonly group = "g";
  private end: () => void = () => undefined;
  private begin: () => void = () => undefined;
  private readonly over = new Promise<void>((resolve) => (this.end = resolve));
  /** Resolves when it runs. */
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));

  constructor(
    readonly name: string,
    private readonly log: string[],
    readonly cancelsRunning = false,
  ) {}

  cancel(): void {
    this.log.push(`${this.name} cancelled`);
    this.finish();
  }
  finish(): void {
    this.end();
  }
  async run(groups: ConcurrencyGroups): Promise<void> {
    const done = await groups.within(this, async () => {
      this.log.push(`${this.name} runs`);
      this.begin();
      await this.over;
      this.log.push(`${this.name} done`);
      return true;
    });
    if (!done) this.log.push(`${this.name} left`);
  }
}

describe("Concurrency groups", () => {
  it("run one member while only the newest waits", async () => {
    const log: string[] = [];
    const groups = new ConcurrencyGroups();
    const [a, b, c] = ["a", "b", "c"].map((name) => new Worker(name, log)) as [Worker, Worker, Worker];
    const all = [a, b, c].map((worker) => worker.run(groups));
    await all[1];
    a.finish();
    c.finish();
    await Promise.all(all);
    assert.deepEqual(log, ["a runs", "b left", "a done", "c runs", "c done"]);
  });

  it("cancel the running member if a new one requests it", async () => {
    const log: string[] = [];
    const groups = new ConcurrencyGroups();
    const [a, b] = [new Worker("a", log), new Worker("b", log, true)];
    const running = a.run(groups);
    await a.begun;
    const all = [running, b.run(groups)];
    b.finish();
    await Promise.all(all);
    assert.deepEqual(log, ["a runs", "a cancelled", "a done", "b runs", "b done"]);
  });

  it("remove a waiting member that is cancelled", async () => {
    const log: string[] = [];
    const groups = new ConcurrencyGroups();
    const [a, b] = [new Worker("a", log), new Worker("b", log)];
    const all = [a.run(groups), b.run(groups)];
    b.abort.abort();
    await all[1];
    a.finish();
    await Promise.all(all);
    assert.deepEqual(log, ["a runs", "b left", "a done"]);
  });
});

describe("Job slots", () => {
  it("limit the running jobs, and ignore those that no longer wait", async () => {
    const slots = new JobSlots(1);
    const log: string[] = [];
    let end: () => void = () => undefined;
    const { signal } = new AbortController();
    const gone = new AbortController();
    const first = slots.use(signal, () => new Promise<void>((resolve) => (end = resolve)));
    const second = slots.use(gone.signal, () => Promise.resolve(log.push("second")));
    const third = slots.use(signal, () => Promise.resolve(log.push("third")));
    gone.abort(new Error("gone"));
    await assert.rejects(second, /gone/);
    assert.deepEqual(log, []);
    end();
    await Promise.all([first, third]);
    assert.deepEqual(log, ["third"]);
  });
});

describe("The context of a job", () => {
  const repository = { owner: "vaarak", name: "gitops", actions: { defaultPermissions: "read", canApprove: false } };
  const scopes = (permissions: Parameters<typeof jobTokenScopes>[1]) =>
    jobTokenScopes(repository as RepositoryRecord, permissions).permissions;

  it("has a token with the job's permissions, or the repository's default", () => {
    assert.deepEqual(scopes(undefined), { contents: "read" });
    assert.deepEqual(scopes({}), {});
    assert.deepEqual(scopes({ "pull-requests": "write", contents: "none", "id-token": "write" }), {
      pull_requests: "write",
    });
    assert.equal(scopes("write-all").checks, "write");
    assert.equal(scopes("write-all").administration, undefined);
  });

  it("can have an environment only if its ref may use it", () => {
    const environment = (custom: boolean) =>
      ({
        name: "release",
        settings: { deployment_branch_policy: custom ? { custom_branch_policies: true } : null },
        branchPolicies: [{ id: 1, name: "main", type: "branch" }],
      }) as unknown as EnvironmentRecord;
    assert.equal(deploymentRefusal(environment(true), "refs/heads/main"), undefined);
    assert.equal(deploymentRefusal(environment(false), "refs/heads/x"), undefined);
    const because = "is not allowed to deploy to release due to environment protection rules.";
    assert.equal(deploymentRefusal(environment(true), "refs/heads/x"), `Branch "x" ${because}`);
    assert.equal(deploymentRefusal(environment(true), "refs/tags/main"), `Tag "main" ${because}`);
  });

  it("has inputs with their defaults", () => {
    const input = { required: false, type: "string" as const };
    const declared = { a: { ...input, default: "x" }, b: { ...input, type: "boolean" as const }, c: input };
    assert.deepEqual(dispatchInputs(declared, { b: "true" }), { a: "x", b: true, c: "" });
    assert.deepEqual(dispatchInputs(declared, { a: "", b: false }), { a: "x", b: false, c: "" });
    assert.throws(() => dispatchInputs(declared, { b: "maybe" }), /'maybe' for input 'b'/);
  });
});

describe("The output of a step", () => {
  it("is parsed as lines and blocks", () => {
    const text = "a=1\nb=x=y\n\nc<<END\none\ntwo=2\nEND\nd=\n";
    assert.deepEqual(parseCommandFile(text, "output"), { a: "1", b: "x=y", c: "one\ntwo=2", d: "" });
    assert.throws(
      () => parseCommandFile("nothing", "env"),
      /file command 'env' successfully\. Invalid format 'nothing'/,
    );
    assert.throws(() => parseCommandFile("a<<END\nx", "output"), /Matching delimiter not found 'END'/);
  });

  it("is masked line by line, longer secrets first", () => {
    const masks = new Masks();
    for (const secret of ["abc", "abcdef", "one\n\ntwo three"]) masks.add(secret);
    assert.equal(masks.apply("abcdef abc one two two three"), "*** *** *** two ***");
  });
});
