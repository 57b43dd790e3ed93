/**
 * A service of the catalogue from `gitops service add` to production, with the real Helm and the stand-in over HTTP and
 * Git, without workflows and Argo CD.
 */
import assert from "node:assert/strict";
import { addService } from "@gitops-platform/gitops/catalogue/add";
import { release } from "@gitops-platform/gitops/release/release";
import { promote } from "@gitops-platform/gitops/versions/promote";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { useTools } from "./support/tools";

const POLICY = ".github/gitops/delivery.yaml";

describe("a service that is added to the catalogue", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();

  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make();
    const order = {
      ...{ service: "shop", team: "developers", groups: [], environments: ["dev", "staging", "prod"] },
      ...{ image: "ghcr.io/vaarak/shop:sha-1111111", from: undefined },
    };
    const added = await github.change((session, waiting) => addService(session, order, waiting), { login: "dora" });
    await land(added.pullRequest?.number);
  });
  afterEach(() => github.remove());

  const land = async (number = 0) => {
    assert.equal(await github.validate(number), "# Valid\n");
    await github.approve("pat", number);
    await github.merge("dora", number);
  };
  const change = async (login: string, files: Record<string, string | null>) =>
    land(await github.propose(login, "main", "change", "Change", files));
  const run = () => github.as("release", (session) => release(session, { signingKey: github.key.privateKey }));
  const states = async () => (await run()).map(({ unit, state }) => `${unit} ${state}`);
  const approve = async (login: string, number = 0) => {
    assert.equal(await github.validate(number), "# Valid\n");
    await github.approve(login, number);
    return states();
  };

  it("reaches production by a release that waits, is approved and is merged, and later by others", async () => {
    const [opened, ...more] = await run();
    assert.deepEqual([opened?.unit, opened?.state, more], ["shop", "opened", []]);
    const { title, body, changed_files: count } = await github.pull(opened?.number ?? 0);
    assert.deepEqual([title, count], ["Release shop sha-1111111 to prod", 4]);
    assert.match(body ?? "", /^shop is new in prod: `ghcr\.io\/vaarak\/shop:sha-1111111`\./);
    assert.match(
      body ?? "",
      /# delivery\/prod\/shop\.yaml\n@@[^]*^\+kind: Namespace$[^]*# shop\n@@[^]*^\+kind: Deployment$/m,
    );
    assert.deepEqual(await states(), ["shop waits"]);
    // Dora added it.
    assert.deepEqual(await approve("dora", opened?.number), ["shop waits"]);
    assert.deepEqual(await approve("ann", opened?.number), ["shop merged"]);
    assert.match(
      await github.read("delivery/prod/shop.yaml", "env/prod"),
      /Prune=false,Delete=false[^]*kind: Application/,
    );
    assert.deepEqual(await states(), []);

    // A change that concerns another environment.
    const only = "$schema: ../service.schema.json\nteam: developers\nenvironments: [staging, dev, prod] # all\n";
    await change("dora", { "services/shop.yaml": only });
    assert.deepEqual(await states(), []);
    assert.doesNotMatch(await github.read("services/shop.yaml", "env/prod"), /# all/);

    // A version.
    const staging = await github.read("environments/staging/shop.yaml");
    await change("dora", { "environments/staging/shop.yaml": staging.replace("sha-1111111", "sha-2222222") });
    github.judge();
    const order = { service: "shop", from: "staging", to: "prod", force: "no cluster reports here" };
    await github.change((session, waiting) => promote(session, order, waiting));
    const next = (await run())[0];
    assert.equal((await github.pull(next?.number ?? 0)).changed_files, 2);
    assert.deepEqual(await approve("ann", next?.number), ["shop merged"]);
  });

  it("gets a changed delivery policy in production by a release, which its author cannot approve", async () => {
    const first = (await run())[0];
    await approve("ann", first?.number);
    const policy = await github.read(POLICY);
    const number = await github.propose("art", "main", "quota", "More pods", {
      [POLICY]: policy.replaceAll(/pods: "\d+"/g, 'pods: "99"'),
      ...Object.fromEntries(
        await Promise.all(
          ["dev/api", "dev/shop", "staging/api", "staging/shop"].map(async (file) => {
            const path = `delivery/${file}.yaml`;
            return [path, (await github.read(path)).replace(/pods: "\d+"/, 'pods: "99"')] as const;
          }),
        ),
      ),
    });
    await land(number);
    const releases = await run();
    assert.deepEqual(
      releases.map(({ unit, state }) => [unit, state]),
      [
        ["api", "opened"],
        ["shop", "opened"],
      ],
    );
    const opened = releases.find(({ unit }) => unit === "shop");
    const { title, body } = await github.pull(opened?.number ?? 0);
    assert.equal(title, "Release the delivery of shop to prod");
    assert.match(body ?? "", /^Brings `delivery\/prod\/shop\.yaml`, [^]*^\+ {4}pods: "99"$[^]*- @art opened #/m);
    assert.deepEqual(await approve("art", opened?.number), ["api waits", "shop waits"]);
    assert.deepEqual(await approve("ann", opened?.number), ["shop merged", "api waits"]);
    assert.match(await github.read("delivery/prod/shop.yaml", "env/prod"), /pods: "99"/);
  });
});

describe("a service of an older version, which has values without a declaration", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();
  const github = new GitopsRepository();
  after(() => github.remove());

  it("is declared by a pull request that is valid, and reaches production by a release", async () => {
    const values =
      "replicaCount: 2\nimage: { repository: ghcr.io/vaarak/shop, tag: sha-1111111 }\n" +
      "resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 256Mi } }\n";
    const paths = ["dev", "staging", "prod"].map((name) => `environments/${name}/shop.yaml`);
    await github.make({ files: Object.fromEntries(paths.map((path) => [path, values])) });
    const order = { service: "shop", team: "developers", groups: [], environments: [], image: undefined };
    const added = await github.change(
      (session, waiting) => addService(session, { ...order, from: undefined }, waiting),
      { login: "dora" },
    );
    const number = added.pullRequest?.number ?? 0;
    assert.equal(added.summary, "Declare shop in dev, staging, prod");
    assert.deepEqual(added.files, ["delivery/dev/shop.yaml", "delivery/staging/shop.yaml", "services/shop.yaml"]);
    assert.equal(await github.validate(number), "# Valid\n");
    await github.approve("pat", number);
    await github.merge("dora", number);
    const [opened] = await github.as("release", (session) => release(session, { signingKey: github.key.privateKey }));
    assert.equal(await github.validate(opened?.number ?? 0), "# Valid\n");
    const { data } = await github.octokit("owner").rest.pulls.listFiles({
      ...{ owner: "vaarak", repo: "gitops", pull_number: opened?.number ?? 0 },
    });
    const released = ["delivery/prod/shop.yaml", "manifests/shop/manifests.yaml", "services/shop.yaml"];
    assert.deepEqual(
      data.map(({ filename }) => filename),
      released,
    );
  });
});
