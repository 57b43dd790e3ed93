/**
 * Releases of services of the catalogue on the stand-in, over HTTP and Git, without Helm: retirements and removals
 * render nothing. tests/integration/gitops-service.test.ts has those that do.
 */
import assert from "node:assert/strict";
import { deliveryPath } from "@gitops-platform/contract/catalogue";
import { graph } from "@gitops-platform/environments/environments";
import { GitopsRepository, values } from "@gitops-platform/test-support/gitops-repository";
import { deliveryOf } from "@gitops-platform/test-support/platform-content";
import { parseDeclarations } from "../../catalogue/declaration";
import { deliveryFiles } from "../../catalogue/delivery";
import { retireService } from "../../catalogue/retire";
import { contributorsOnMain } from "../../github/people";
import { sourcesOf } from "../../release/content";
import { release } from "../../release/release";
import { unitsToRelease } from "../../release/unit";
import { readStatus } from "../../status/status";
import { promoteToNext } from "../../versions/promote";
import { rollback } from "../../versions/rollback";

const DECLARATIONS = {
  "services/shop.yaml": "team: developers\nenvironments: [dev, staging, prod]\n",
  "services/web.yaml": "team: developers\nenvironments: [dev, prod]\n",
};

/** What the declarations give in an environment. */
function rendered(environment: string, texts: Readonly<Record<string, string>>): Record<string, string> {
  const { declarations } = parseDeclarations(new Map(Object.entries(texts)), graph);
  return Object.fromEntries(deliveryFiles(environment, declarations, deliveryOf(graph)));
}

const FILES = {
  ...DECLARATIONS,
  ...Object.fromEntries(
    ["dev", "staging", "prod"].map((name) => [`environments/${name}/shop.yaml`, values("sha-1111111", "shop")]),
  ),
  ...Object.fromEntries(["dev", "prod"].map((name) => [`environments/${name}/web.yaml`, values("sha-1111111", "web")])),
  ...rendered("dev", DECLARATIONS),
  ...rendered("staging", DECLARATIONS),
  // Approved releases have brought these into env/prod, which begins as main.
  ...rendered("prod", DECLARATIONS),
};
const SHOP = deliveryPath({ environment: "prod", service: "shop" });

describe("a service of the catalogue", function () {
  this.timeout(240_000);
  this.slow(20_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make({ files: FILES, manifests: ["shop", "web"] });
  });
  afterEach(() => github.remove());

  /** A pull request lands on `main` after the platform team's approval. */
  const land = async (number: number) => {
    await github.sayValid(number);
    await github.approve("pat", number);
    await github.merge("dora", number);
  };
  const change = async (files: Record<string, string | null>) => {
    await land(await github.propose("dora", "main", "change", "Change", files));
  };
  const run = () =>
    github.as("release", (session) => release(session, { environment: "prod", signingKey: github.key.privateKey }));
  const units = () =>
    github.as("owner", async ({ clone }) => (await unitsToRelease(clone, "prod")).map(({ service }) => service));
  const retire = (...environments: string[]) => {
    const order = {
      service: "shop",
      environments: environments.length > 0 ? environments : undefined,
      reason: "unused",
    };
    return github.change((session, waiting) => retireService(session, order, waiting), { login: "dora" });
  };
  let times = 0;
  /** What `validate` says of a pull request by hand. */
  const validated = async (base: string, files: Record<string, string | null>) =>
    github.validate(await github.propose("dora", base, `by-hand-${++times}`, "By hand", files));
  /** Approves the only open release, and runs the workflow. */
  const approve = async (number = 0) => {
    assert.equal(await github.validate(number), "# Valid\n");
    await github.approve("ann", number);
    return (await run()).map(({ unit, state }) => `${unit} ${state}`);
  };
  /** What production's branch has of the service. */
  const ofShop = () =>
    github.as("owner", async ({ clone }) => {
      const paths = await clone.list(
        "refs/remotes/origin/env/prod",
        "environments/prod",
        "manifests",
        "services",
        "delivery/prod",
      );
      return paths.filter((path) => path.includes("shop")).sort();
    });

  it("has no release for a change of other environments, or into one that its declaration does not name", async () => {
    assert.deepEqual(await units(), []);
    await change({ "services/shop.yaml": "# Ours\nteam: developers\nenvironments: [staging, prod]\n" });
    assert.deepEqual(await units(), []);
    const elsewhere = { "services/new.yaml": "team: developers\nenvironments: [dev]\n" };
    await change({ ...elsewhere, "environments/dev/new.yaml": values("sha-1111111", "new") });
    assert.deepEqual(await units(), []);
    // Values without a place in the declaration, which validate refuses.
    await change({ "environments/prod/new.yaml": values("sha-1111111", "new") });
    assert.deepEqual(await units(), []);
    await change({ "services/shop.yaml": "team: developers\ngroups: [ours]\nenvironments: [staging, prod]\n" });
    assert.deepEqual(await units(), ["shop"]);
    await change({ "services/new.yaml": "team: developers\nenvironments: [dev, prod]\n" });
    assert.deepEqual(await units(), ["new", "shop"]);
  });

  it("waits for the service whose namespace it joins", async () => {
    const texts = {
      "services/new.yaml": "team: developers\nenvironments: [prod]\n",
      "services/job.yaml": "team: developers\njoins: new\nenvironments: [prod]\n",
    };
    const made = ["new", "job"].map((name) => [`environments/prod/${name}.yaml`, values("sha-1111111", name)] as const);
    await change({ ...texts, ...Object.fromEntries(made) });
    assert.deepEqual(await units(), ["job", "new"]);
    const sources = (service: string) =>
      github.as("owner", ({ clone }) =>
        sourcesOf(clone, { environment: "prod", service }, "refs/remotes/origin/env/prod"),
      );
    const blocked = await sources("job");
    assert.match(
      "blocked" in blocked ? blocked.blocked : "",
      /^services\/job\.yaml: needs .*Release that service first\. .*got "new"/,
    );
    assert.ok("tree" in (await sources("new")));
  });

  it("is retired in two steps, each of them approved, and its namespace stays", async () => {
    const first = await retire();
    assert.equal(await github.validate(first.pullRequest?.number ?? 0), "# Valid\n");
    await land(first.pullRequest?.number ?? 0);
    assert.deepEqual(await units(), ["shop"]);
    const early = await retire();
    assert.deepEqual([early.state, early.reason?.startsWith("prod: env/prod still has")], ["waits", true]);

    const [opened, ...more] = await run();
    assert.deepEqual([opened?.unit, opened?.state, more], ["shop", "opened", []]);
    const { title, body } = await github.pull(opened?.number ?? 0);
    assert.equal(title, "Retire shop in prod");
    assert.match(
      body ?? "",
      /^\*\*Retires shop in prod\.\*\* Its workload is deleted\. Its namespace and its Application stay/,
    );
    assert.match(
      body ?? "",
      /These \d objects will be deleted in prod:\n\n```text\n[^`]*Deployment shop\n[^`]*```\n\nThe namespace stays/,
    );
    assert.match(body ?? "", /^\+ {6}allowEmpty: true$/m);
    assert.deepEqual(await approve(opened?.number), ["shop merged"]);
    assert.deepEqual(await ofShop(), [SHOP, "services/shop.yaml"]);
    assert.match(await github.read(SHOP, "env/prod"), /kind: Namespace\n[^]*allowEmpty: true\n/);
    const one = { environment: "prod", unit: "shop" };
    assert.deepEqual(
      await github.as("release", (session) => release(session, { ...one, signingKey: github.key.privateKey })),
      [],
    );

    const second = await retire();
    assert.deepEqual([second.state, second.summary], ["opened", "Remove shop from the catalogue"]);
    assert.equal(await github.validate(second.pullRequest?.number ?? 0), "# Valid\n");
    await land(second.pullRequest?.number ?? 0);
    const [removal] = await run();
    assert.equal((await github.pull(removal?.number ?? 0)).title, "Remove shop from prod");
    assert.deepEqual(await approve(removal?.number), ["shop merged"]);
    assert.deepEqual(await ofShop(), []);
  });

  it("keeps its approved release when its declaration changes elsewhere, and is then shown as retired", async () => {
    await land((await retire("prod")).pullRequest?.number ?? 0);
    const [opened] = await run();
    const number = opened?.number ?? 0;
    const { sha } = (await github.pull(number)).head;
    await github.approve("ann", number);
    await change({ "services/shop.yaml": "team: platform\nenvironments: [staging, dev]\nretired: [prod]\n" });
    assert.equal(await github.validate(number), "# Valid\n");
    assert.deepEqual(
      (await run()).map(({ state }) => state),
      ["merged"],
    );
    assert.equal((await github.pull(number)).head.sha, sha);
    const { services } = await github.as("owner", (session) => readStatus(session, ["prod"]));
    const shop = services.find(({ name }) => name === "shop")?.environments[0];
    assert.deepEqual([shop?.declared, shop?.waits, shop?.retired], [null, null, true]);
  });

  it("is not promoted into, bumped or rolled back where it is retired, and that is said", async () => {
    await change({ "environments/staging/shop.yaml": values("sha-2222222", "shop") });
    await land((await retire("prod")).pullRequest?.number ?? 0);
    const said: string[] = [];
    const order = { service: "shop", from: "staging", force: "no cluster reports here" };
    await assert.rejects(
      github.change((session, waiting) => promoteToNext(session, order, waiting), { said }),
      /^Failure: from: got staging; expected an environment that another one with values for shop follows\./,
    );
    assert.deepEqual(said, ["prod: shop is retired there, so it gets no version."]);
    const back = { service: "shop", environment: "prod", reason: "late", to: undefined };
    await assert.rejects(
      github.change((session, waiting) => rollback(session, back, waiting)),
      /^Failure: service: got shop, which services\/shop\.yaml retires in prod; expected one that runs there\./,
    );
  });

  it("keeps its declaration on main until its workload is deleted everywhere", async () => {
    const gone = {
      "services/shop.yaml": null,
      ...Object.fromEntries(["dev", "staging", "prod"].map((name) => [`environments/${name}/shop.yaml`, null])),
      "delivery/dev/shop.yaml": null,
      "delivery/staging/shop.yaml": null,
    };
    const report = await validated("main", gone);
    for (const [name, branch] of [
      ["dev", "main"],
      ["staging", "main"],
      ["prod", "env/prod"],
    ]) {
      const expected =
        `got no declaration, although ${branch ?? ""} has the workload; expected one until it is deleted there. ` +
        `Retire it first: gitops service retire shop --env ${name ?? ""}.`;
      assert.equal(report.includes(expected), true, report);
    }
    await land((await retire()).pullRequest?.number ?? 0);
    const early = await validated("main", {
      "services/shop.yaml": null,
      "delivery/dev/shop.yaml": null,
      "delivery/staging/shop.yaml": null,
    });
    assert.match(
      early,
      /^# 1 problem\n\n- `services\/shop\.yaml`: got no declaration, although .*Its release into env\/prod deletes it/,
    );
    const moved = await validated("main", {
      "services/web.yaml": "team: developers\nnamespace: other\nenvironments: [dev, prod]\n",
    });
    assert.match(
      moved,
      /`services\/web\.yaml`: namespace: got other; expected web: in prod, .* the workload would stay/,
    );
  });

  it("keeps its Application on env/prod until its workload is deleted there, and its namespace to itself", async () => {
    const both = { "services/shop.yaml": null, [SHOP]: null };
    const values = { "environments/prod/shop.yaml": null, "manifests/shop/manifests.yaml": null };
    for (const files of [both, { ...both, ...values }]) {
      assert.match(
        await validated("env/prod", files),
        /`delivery\/prod\/shop\.yaml`: Got no Application of a service with a workload; expected one/,
      );
    }
    const retired = { "services/shop.yaml": "team: developers\nenvironments: []\nretired: [prod]\n" };
    const objects = rendered("prod", { ...DECLARATIONS, ...retired });
    assert.match(
      await validated("env/prod", { ...retired, ...objects }),
      /`delivery\/prod\/shop\.yaml`: Got a retired service .*\/shop\.yaml, .*\/prod\/shop\/kustomization\.yaml and/,
    );
    // The name comes first, so it is `shop` that has a second owner of its namespace.
    const thief = { "services/a.yaml": "team: developers\nnamespace: shop\nenvironments: [prod]\n" };
    const stolen = rendered("prod", thief);
    assert.match(
      await validated("env/prod", { ...thief, ...stolen }),
      /`services\/shop\.yaml`.*another namespace than shop, which the service a owns/,
    );
  });

  it("has those as contributors to its objects who changed the delivery policy", async () => {
    const path = ".github/gitops/delivery.yaml";
    const policy = await github.read(path);
    await land(
      await github.propose("pia", "main", "quota", "More pods", {
        [path]: policy.replaceAll(/pods: "\d+"/g, 'pods: "99"'),
      }),
    );
    assert.deepEqual(await units(), ["shop", "web"]);
    const objects = (await github.read(SHOP, "env/prod")).replace(/pods: "\d+"/, 'pods: "99"');
    const head = await github.propose("release", "env/prod", "release/prod/shop", "Release", { [SHOP]: objects });
    const people = await github.as("release", async (session) => {
      await session.clone.fetch();
      const { sha } = (await github.pull(head)).head;
      return contributorsOnMain(session, { base: "refs/remotes/origin/env/prod", head: sha });
    });
    assert.deepEqual(people.map(({ login }) => login).sort(), ["dora", "pia"]);
  });
});
