import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { EngineError } from "../../model/events";
import { UNKNOWN } from "../../model/provider";
import { Secret } from "../../model/values";
import { type Outcome, TestStack, thing, thingUrn } from "../support/test-stack";

/** Tests how the engine handles goals. The tests in program.test.ts show that registrations arrive as these goals. */
describe("deployment", () => {
  let stack: TestStack;
  beforeEach(() => {
    stack = new TestStack();
  });
  afterEach(() => {
    stack.remove();
  });

  const refused = (text: string) => (error: unknown) => {
    assert.ok(error instanceof EngineError);
    assert.ok(error.message.includes(text), error.message);
    return true;
  };

  it("creates, keeps, updates and deletes", async () => {
    const first = await stack.up([thing("a", { value: 1 }), thing("b")]);
    assert.equal(first.counts.create, 3);
    assert.deepEqual(first.registered.a, {
      urn: thingUrn("a"),
      id: "a",
      outputs: { name: "a", value: 1, serial: "serial-a" },
    });
    const second = await stack.up([thing("a", { value: 1 }), thing("b")]);
    assert.equal(second.counts.same, 3);
    assert.deepEqual(second.registered.a, first.registered.a);
    const third = await stack.up([thing("a", { value: 2 })]);
    assert.deepEqual([third.counts.update, third.counts.delete, third.counts.same], [1, 1, 1]);
    assert.deepEqual(stack.fake.calls, ["create a", "create b", "update a", "delete b"]);
  });

  it("changes nothing in a preview, and reports the same operations", async () => {
    await stack.up([thing("a", { value: 1 }), thing("gone")]);
    const before = stack.stateText;
    const { counts, registered, events } = await stack.preview([
      thing("a", { value: UNKNOWN }),
      thing("new", { value: [UNKNOWN] }),
    ]);
    assert.deepEqual([counts.update, counts.create, counts.delete], [1, 1, 1]);
    assert.deepEqual(registered.new, {
      urn: thingUrn("new"),
      id: "",
      outputs: { name: "new", value: [UNKNOWN], serial: UNKNOWN },
    });
    const update = events.find((event) => event.kind === "resource" && event.operation === "update");
    assert.ok(update?.kind === "resource");
    assert.deepEqual(update.paths, ["value"]);
    assert.equal(stack.stateText, before);
    assert.deepEqual(stack.fake.calls, ["create a", "create gone"]);
  });

  it("deletes in reverse order of dependencies, parents last", async () => {
    const child = thing("child", {}, { parent: thingUrn("base") });
    await stack.up([
      thing("base"),
      thing("user", {}, { dependencies: [thingUrn("base")] }),
      thing("last", {}, { dependencies: [thingUrn("user")] }),
      child,
    ]);
    stack.fake.calls.length = 0;
    await stack.up([]);
    const { calls } = stack.fake;
    assert.deepEqual([...calls].sort(), ["delete base", "delete child", "delete last", "delete user"]);
    assert.ok(calls.indexOf("delete last") < calls.indexOf("delete user"));
    assert.equal(calls.at(-1), "delete base");
  });

  it("keeps the dependencies of a failed deletion, deletes the rest, and continues in the next run", async () => {
    await stack.up([thing("base"), thing("user", {}, { dependencies: [thingUrn("base")] }), thing("other")]);
    stack.fake.before = (call) => {
      if (call === "delete user") throw new Error("it is in use");
    };
    await assert.rejects(stack.up([]), refused("user (test:index:Thing): it is in use"));
    assert.deepEqual([...stack.fake.objects.keys()], ["base", "user"]);
    stack.fake.before = () => undefined;
    await stack.up([]);
    assert.deepEqual([...stack.fake.objects.keys()], []);
  });

  it("deletes nothing if resources are protected, and lists all of them", async () => {
    await stack.up([thing("a", {}, { protect: true }), thing("b", {}, { protect: true }), thing("c")]);
    await assert.rejects(stack.up([]), (error) => refused("a (test")(error) && refused("b (test")(error));
    assert.equal(stack.fake.objects.size, 3);
    await stack.up([thing("a"), thing("b"), thing("c")]);
    await stack.up([]);
    assert.equal(stack.fake.objects.size, 0);
  });

  it("refuses to replace a protected resource", async () => {
    await stack.up([thing("a", {}, { protect: true })]);
    await assert.rejects(
      stack.up([thing("a", { name: "b" }, { protect: true })]),
      refused("got a change of name, which replaces it"),
    );
    assert.deepEqual([...stack.fake.objects.keys()], ["a"]);
  });

  it("passes protect and retainOnDelete on to children", async () => {
    const parent = thing("parent", {}, { protect: true });
    await stack.up([parent, thing("child", {}, { parent: thingUrn("parent") })]);
    await assert.rejects(stack.up([parent]), refused("child (test"));

    const retained = thing("retained", {}, { retainOnDelete: true });
    const below = (name: string) => thing(`${name}-child`, {}, { parent: thingUrn(name) });
    const own = thing("own", {}, { parent: thingUrn("retained"), retainOnDelete: false });
    const freed = [thing("parent"), thing("child", {}, { parent: thingUrn("parent") })];
    await stack.up([...freed, retained, below("retained"), own]);
    stack.fake.calls.length = 0;
    assert.equal((await stack.up([])).counts.delete, 5);
    const deleted = ["delete child", "delete own", "delete parent"];
    assert.deepEqual(stack.fake.calls.toSorted(), deleted);
  });

  it("keeps the object of a resource with retainOnDelete", async () => {
    await stack.up([thing("kept", {}, { retainOnDelete: true }), thing("other")]);
    const { counts } = await stack.up([]);
    assert.equal(counts.delete, 2);
    assert.deepEqual(stack.fake.calls.slice(2), ["delete other"]);
    assert.deepEqual((await stack.up([])).counts.delete, 0);
  });

  it("replaces by creating before deleting, or the reverse if the provider says that both cannot exist", async () => {
    await stack.up([thing("a", { fixed: 1 })]);
    await stack.up([thing("a", { name: "a2", fixed: 1 })]);
    assert.deepEqual(stack.fake.calls.slice(1), ["create a2", "delete a"]);
    await stack.up([thing("a", { name: "a2", fixed: 2 })]);
    assert.deepEqual(stack.fake.calls.slice(3), ["delete a2", "create a2"]);
    assert.equal((await stack.up([thing("a", { name: "a2", fixed: 2 })])).counts.same, 2);
  });

  it("stops waiting for deletions if the run is stopped", async () => {
    await stack.up([thing("left"), thing("a", { fixed: 1 })]);
    await stack.up([thing("a", { fixed: 2 })]);
    const { signal } = stack.stop;
    assert.deepEqual(stack.fake.deleteSignals, [signal, signal]);
  });

  it("keeps the old value of each input in ignoreChanges, also of one that was removed or added", async () => {
    await stack.up([thing("a", { value: 1, other: 1 })]);
    const ignore = { ignoreChanges: ["value"] };
    assert.equal((await stack.up([thing("a", { value: 2, other: 1 }, ignore)])).counts.same, 2);
    await stack.up([thing("a", { value: 2, other: 2 }, ignore)]);
    assert.deepEqual(stack.fake.objects.get("a"), { name: "a", value: 1, other: 2, serial: "serial-a" });
    assert.equal((await stack.up([thing("a", { other: 2 }, ignore)])).counts.same, 2);
    const added = thing("a", { value: 1, other: 2, more: 1 }, { ignoreChanges: ["more"] });
    assert.equal((await stack.up([added])).counts.same, 2);
  });

  it("ignores a changed secret if nothing else changes, and never applies its placeholder", async () => {
    const ignore = { ignoreChanges: ["value"] };
    await stack.up([thing("a", { value: new Secret("old") }, ignore)]);
    assert.equal((await stack.up([thing("a", { value: new Secret("new") }, ignore)])).counts.same, 2);
    await assert.rejects(
      stack.up([thing("a", { value: new Secret("new"), other: 1 }, ignore)]),
      refused("ignoreChanges: got a path to a secret"),
    );
    await stack.up([thing("a", { value: new Secret("old"), other: 1 }, ignore)]);
    assert.equal(stack.fake.objects.get("a")?.value, "old");
  });

  it("imports an object that matches, and rejects one that differs or does not exist", async () => {
    stack.fake.objects.set("there", { name: "there", value: 1, serial: "s" });
    const wanted = (value: number) => thing("a", { name: "there", value }, { importId: "there" });
    await assert.rejects(stack.up([wanted(2)]), refused("differs in value"));
    assert.equal((await stack.up([wanted(1)])).counts.import, 1);
    assert.equal((await stack.up([wanted(1)])).counts.same, 2);
    await assert.rejects(stack.up([thing("b", {}, { importId: "none" })]), refused("import: got id none"));
  });

  it("does not take over an object that it did not create", async () => {
    stack.fake.objects.set("a", { name: "a", foreign: true });
    await assert.rejects(stack.up([thing("a")]), refused("a exists"));
    await assert.rejects(stack.up([thing("a")]), refused("a exists"));
    assert.equal(stack.fake.objects.get("a")?.foreign, true);
  });

  it("reads the secret outputs of an unchanged resource from the provider", async () => {
    const goal = thing("a", {}, { additionalSecretOutputs: ["serial"] });
    await stack.up([goal]);
    assert.ok(!stack.stateText.includes("serial-a"));
    const { registered } = await stack.up([goal]);
    assert.deepEqual(registered.a?.outputs.serial, new Secret("serial-a"));
  });

  it("detects a changed secret, and passes unchanged secrets to providers only as placeholders", async () => {
    await stack.up([thing("a", { value: new Secret("one"), other: new Secret("same") })]);
    const { events } = await stack.preview([thing("a", { value: new Secret("two"), other: new Secret("same") })]);
    const update = events.find((event) => event.kind === "resource" && event.operation === "update");
    assert.ok(update?.kind === "resource");
    assert.deepEqual(update.paths, ["value"]);
  });

  it("stores a value as a digest as soon as it becomes secret", async () => {
    await stack.up([thing("a", { value: "open-text" })]);
    assert.ok(stack.stateText.includes("open-text"));
    assert.equal((await stack.up([thing("a", { value: new Secret("open-text") })])).counts.same, 2);
    assert.ok(!stack.stateText.includes("open-text"));
  });

  it("repeats a failed update, which may be partially applied", async () => {
    await stack.up([thing("a", { value: 1 })]);
    stack.fake.after = () => {
      throw new Error("connection lost");
    };
    await assert.rejects(stack.up([thing("a", { value: 2 })]), refused("connection lost"));
    stack.fake.after = () => undefined;
    assert.equal((await stack.up([thing("a", { value: 1 })])).counts.update, 1);
    assert.equal(stack.fake.objects.get("a")?.value, 1);
  });

  describe("with a refresh", () => {
    const goals = [thing("a", { value: 1 }), thing("b", { value: 1 }), thing("c", { value: 1 })];
    const refresh = true;
    const changes = ({ events }: Outcome) =>
      events.flatMap((event) =>
        event.kind === "resource" && event.status === "done" && event.operation !== "same"
          ? [[event.name, event.operation, event.paths]]
          : [],
      );

    beforeEach(() => stack.up(goals));

    it("reports in a preview which objects differ or are gone, and changes nothing", async () => {
      assert.deepEqual(changes(await stack.preview(goals, { refresh })), []);
      stack.fake.objects.set("a", { ...stack.fake.objects.get("a"), value: 2 });
      stack.fake.objects.delete("b");
      const before = stack.fake.calls.length;
      assert.deepEqual(changes(await stack.preview(goals)), []);
      const told = [
        ["a", "update", ["value"]],
        ["b", "create", []],
      ];
      assert.deepEqual(changes(await stack.preview(goals, { refresh })), told);
      assert.equal(stack.fake.calls.length, before);
    });

    it("restores the program's values in objects that differ, and objects that are gone", async () => {
      stack.fake.objects.set("a", { ...stack.fake.objects.get("a"), value: 2 });
      stack.fake.objects.delete("b");
      await stack.up(goals, "up", { refresh });
      assert.deepEqual([stack.fake.objects.get("a")?.value, stack.fake.objects.get("b")?.value], [1, 1]);
      assert.deepEqual(changes(await stack.preview(goals, { refresh })), []);
    });

    it("keeps an object's own values of the inputs in ignoreChanges", async () => {
      const [a, ...others] = goals.map((goal) => ({ ...goal, ignoreChanges: ["value"] }));
      stack.fake.objects.set("a", { ...stack.fake.objects.get("a"), value: 2 });
      const all = [a, ...others].filter((goal) => goal !== undefined);
      assert.deepEqual(changes(await stack.preview(all, { refresh })), []);
      stack.fake.objects.set("a", { ...stack.fake.objects.get("a"), value: 2, name: "other" });
      assert.deepEqual(changes(await stack.up(all, "up", { refresh })), [["a", "update", ["name"]]]);
      assert.equal(stack.fake.objects.get("a")?.value, 2);
    });

    it("reads each object once, also with ignoreChanges", async () => {
      const all = goals.map((goal) => ({ ...goal, ignoreChanges: ["value"] }));
      stack.fake.reads = 0;
      await stack.preview(all, { refresh });
      assert.equal(stack.fake.reads, all.length);
    });

    it("reports only the program's change if the object differs as well", async () => {
      stack.fake.objects.set("a", { ...stack.fake.objects.get("a"), other: 2 });
      const changed = [thing("a", { value: 3 }), ...goals.slice(1)];
      assert.deepEqual(changes(await stack.preview(changed, { refresh })), [["a", "update", ["value"]]]);
    });
  });

  it("rejects two resources with the same URN", async () => {
    await assert.rejects(stack.up([thing("a"), thing("a")]), refused("got two resources"));
  });

  it("rejects a resource without an explicit provider", async () => {
    const orphan = thing("orphan");
    delete orphan.provider;
    await assert.rejects(stack.up([orphan]), refused("orphan (test:index:Thing): got no provider"));
  });

  it("deletes a resource whose provider was also removed from the program", async () => {
    await stack.up([thing("a")]);
    const { fake } = stack;
    const before = fake.configured.length;
    await stack.up([]);
    assert.equal(fake.configured.length, before + 1);
    assert.equal(fake.objects.size, 0);
  });
});
