import assert from "node:assert/strict";
import { MAIN } from "../../git/refs";
import { readEnvironments } from "../../history/commits";
import { findDeployments } from "../../history/deployments";
import { readGitStatus } from "../../status/declared";
import { bump } from "../../versions/bump";
import { promote } from "../../versions/promote";
import { rollback } from "../../versions/rollback";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const DECLARATION = "services/shop.yaml";
const declared = (source: string) => `team: payments\nenvironments: [dev, staging]\nsource: ${source}\n`;

const PLAIN = ".yaml";

/** The shop's files with each source; each has a decoy where the service chart has its image. */
const SOURCES: [what: string, source: string, text: (tag: string) => string, file?: string][] = [
  [
    "a chart of its own",
    "{ chart: charts/shop, image: web.image }",
    (tag) => `image: { tag: sha-decoyed }\nweb:\n  image: { repository: ghcr.io/vaarak/shop, tag: "${tag}" } # by CI\n`,
  ],
  [
    "plain manifests",
    "{ manifests: true }",
    (tag) =>
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\nimage: { tag: sha-decoyed }\n---\n" +
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec:\n  template:\n    spec:\n" +
      `      containers:\n        - name: shop\n          image: ghcr.io/vaarak/shop:${tag} # by CI\n`,
  ],
  [
    "a kustomization",
    "{ kustomize: charts/shop, image: shop }",
    (tag) =>
      "namePrefix: sha-decoyed-\nresources: [../../../charts/shop]\nimages:\n  - name: proxy\n    newTag: v1\n" +
      `  - name: shop\n    newName: ghcr.io/vaarak/shop\n    newTag: "${tag}" # by CI\n`,
    "/kustomization.yaml",
  ],
];

for (const [what, source, text, file = PLAIN] of SOURCES) {
  const [DEV, STAGING] = [`environments/dev/shop${file}`, `environments/staging/shop${file}`];
  /** The file before the service had this source, and the removal of its own. */
  const before = (tag: string) => ({
    [DECLARATION]: null,
    [DEV]: null,
    "environments/dev/shop.yaml": `image: { repository: a, tag: ${tag} }\n`,
  });
  const since = (tag: string) => ({
    [DECLARATION]: declared(source),
    "environments/dev/shop.yaml": null,
    [DEV]: text(tag),
  });
  describe(`the version of a service with ${what}`, function () {
    this.slow(10_000);
    let gitops: GitopsRepository;
    beforeEach(async () => {
      gitops = new GitopsRepository();
      await gitops.makeEmpty();
      const first = text("sha-1111111");
      await gitops.commit("First", { [DECLARATION]: declared(source), [DEV]: first, [STAGING]: first });
      gitops.judge();
    });
    afterEach(() => gitops.remove());

    const order = { service: "shop", environment: "dev" };
    const bumped = (tag: string) =>
      gitops.change((session, waiting) => bump(session, { ...order, version: { tag } }, waiting), { login: "pat" });
    const back = () =>
      gitops.change((session, waiting) => rollback(session, { ...order, reason: "it fails", to: undefined }, waiting));

    it("is bumped, promoted and rolled back where the declaration says", async () => {
      assert.equal((await bumped("sha-2222222")).state, "merged");
      assert.equal(await gitops.read(DEV), text("sha-2222222"));
      const next = { service: "shop", from: "dev", to: "staging", force: "a test" };
      const promoted = await gitops.change((session, waiting) => promote(session, next, waiting));
      assert.deepEqual([promoted.state, promoted.image], ["merged", "sha-2222222"]);
      assert.equal(await gitops.read(STAGING), text("sha-2222222"));
      const returned = await back();
      assert.deepEqual([returned.state, returned.image, returned.kept], ["merged", "sha-1111111", undefined]);
      assert.equal(await gitops.read(DEV), text("sha-1111111"));
    });

    it("is shown in the status and the history as it was declared at that time", async () => {
      await gitops.commit("Before", before("sha-0000000"));
      await gitops.commit("Bump", since("sha-3333333"));
      await gitops.commit("Decoy", { [DEV]: text("sha-3333333").replace("decoyed", "d3c0yed") });
      await gitops.as("owner", async ({ clone }) => {
        const [dev] = await readGitStatus(clone, ["dev"]);
        assert.equal(dev?.services.get("shop")?.declared?.image, "sha-3333333");
        const [history] = await readEnvironments(clone, ["dev"]);
        assert.ok(history);
        const found = await findDeployments(clone, history, { service: "shop" });
        assert.deepEqual(
          found.map(({ from, to, configuration }) => [from, to, configuration]),
          [
            ["sha-3333333", "sha-3333333", true],
            ["sha-0000000", "sha-3333333", true],
            ["sha-1111111", "sha-0000000", true],
            [null, "sha-1111111", false],
          ],
        );
        assert.ok(await clone.resolve(MAIN));
      });
    });

    it("returns to one from before the service had this source", async () => {
      await gitops.commit("Before", before("sha-0000000"));
      await gitops.commit("Since", since("sha-3333333"));
      assert.equal((await back()).image, "sha-0000000");
      assert.equal(await gitops.read(DEV), text("sha-0000000"));
    });

    it("is not written while the declaration cannot be read", async () => {
      await gitops.commit("Bad", { [DECLARATION]: declared("{ chart: ../shop }") });
      await assert.rejects(bumped("sha-2222222"), /services\/shop\.yaml:3:\d+: source\.chart: got "\.\.\/shop"/);
    });
  });
}
