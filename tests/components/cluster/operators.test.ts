import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preview, up, type StackOptions } from "@gitops-platform/engine";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";

/** Several people run one stack, each with their own home folder and kubeconfig. */
describe("another operator of a stack", function () {
  this.timeout(60_000);
  const cluster = new FakeKubernetes();
  const folder = mkdtempSync(join(tmpdir(), "operators-"));
  const home = process.env.HOME;
  before(() => cluster.start());
  afterEach(() => {
    process.env.HOME = home;
    rmSync(join(folder, "state.json"), { force: true });
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await cluster.stop();
  });

  interface Own {
    readonly address?: string;
    readonly accountHome?: string;
    /** Whether the setting is the kubeconfig's content, instead of its path. */
    readonly content?: boolean;
  }

  /** The stack as run by one person, who reaches the cluster at a URL of their own. */
  function operator(name: string, { address, accountHome, content }: Own): StackOptions {
    const own = join(folder, name);
    mkdirSync(join(own, ".kube"), { recursive: true });
    const text = cluster.kubeconfigText().replaceAll("127.0.0.1", address ?? "127.0.0.1");
    writeFileSync(join(own, ".kube", "config"), text);
    process.env.HOME = own;
    const configFile = join(own, "Pulumi.dev.yaml");
    const config = {
      ...(content ? { "gitops-platform:kubeconfigContent": text } : { "gitops-platform:kubeconfig": "~/.kube/config" }),
      "gitops-platform:accountHome": accountHome ?? own,
    };
    writeFileSync(configFile, JSON.stringify({ config }));
    return {
      projectDir: join(__dirname, "program"),
      stack: "dev",
      configFile,
      stateFile: join(folder, "state.json"),
      report: () => undefined,
    };
  }

  it("changes nothing with another home folder and another URL of the cluster", async () => {
    const first = await up(operator("ada", {}));
    assert.equal(first.counts.create, 3);
    const {
      create,
      update,
      replace,
      delete: removed,
      same,
    } = (await preview(operator("ben", { address: "localhost" }))).counts;
    assert.deepEqual(
      { create, update, replace, removed, same },
      { create: 0, update: 0, replace: 0, removed: 0, same: 3 },
    );
    assert.ok(!readFileSync(join(folder, "state.json"), "utf8").includes(folder));
  });

  it("changes nothing with a HOME that is not the account's, if the kubeconfig is the same", async () => {
    const accountHome = "/nowhere";
    await up(operator("ada", { accountHome }));
    const { counts } = await preview(operator("ben", { accountHome }));
    assert.equal(counts.same, 3);
    assert.ok(!readFileSync(join(folder, "state.json"), "utf8").includes("fake-token"));
  });

  it("updates the provider alone where the stack changes from the kubeconfig's path to its content", async () => {
    await up(operator("ada", {}));
    const lines: string[] = [];
    const report = (event: unknown) => void lines.push(JSON.stringify(event));
    const { counts } = await preview({ ...operator("ci", { content: true, address: "localhost" }), report });
    assert.deepEqual([counts.create, counts.replace, counts.delete, counts.same], [0, 0, 0, 2]);
    assert.equal(counts.update, 1);
    await up({ ...operator("ci", { content: true }), report });
    assert.equal((await preview(operator("ci", { content: true }))).counts.same, 3);
    assert.equal((await preview(operator("ben", {}))).counts.replace, 0);
    for (const text of [readFileSync(join(folder, "state.json"), "utf8"), ...lines]) {
      assert.ok(!text.includes("fake-token"), text);
    }
  });
});
