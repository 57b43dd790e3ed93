import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { graph } from "@gitops-platform/environments/environments";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { renderDelivery } from "../../catalogue/checkout";
import { POLICY_FILE, rendered, SERVICES } from "./repository";

describe("gitops service render in a checkout", () => {
  let local: LocalRepository;
  beforeEach(() => {
    local = new LocalRepository();
    const main = local.commit({ ...SERVICES, ...POLICY_FILE, "delivery/dev/README.md": "#\n" });
    local.git("update-ref", "refs/remotes/origin/main", main);
  });
  afterEach(() => {
    local.remove();
  });

  const render = (branch = "main") => renderDelivery(local.folder, branch, graph);
  const at = (path: string) => join(local.folder, path);

  it("writes what the declarations give, once, and leaves the README", async () => {
    const expected = rendered(SERVICES);
    const first = await render();
    assert.deepEqual(
      first,
      Object.keys(expected)
        .sort()
        .map((path) => ({ path, state: "written" })),
    );
    for (const [path, text] of Object.entries(expected)) assert.equal(readFileSync(at(path), "utf8"), text);
    assert.ok((await render()).every(({ state }) => state === "unchanged"));
    assert.ok(existsSync(at("delivery/dev/README.md")));
  });

  it("reads what is not committed, and removes what no declaration calls for", async () => {
    await render();
    rmSync(at("services/api.yaml"));
    writeFileSync(at("delivery/dev/kustomization.yaml"), "resources: []\n");
    mkdirSync(at("delivery/dev/chart"));
    const removed = (await render()).filter(({ state }) => state === "removed").map(({ path }) => path);
    assert.deepEqual(removed, ["delivery/dev/api.yaml", "delivery/dev/chart", "delivery/dev/kustomization.yaml"]);
    for (const path of removed) assert.ok(!existsSync(at(path)), path);
  });

  it("writes only the folder of an environment that waits for approval, by the policy of main", async () => {
    assert.deepEqual(await render("env/prod"), [{ path: "delivery/prod/web.yaml", state: "written" }]);
    assert.ok(!existsSync(at("delivery/dev/web.yaml")));
  });

  it("writes nothing while a declaration has problems", async () => {
    writeFileSync(at("services/other.yaml"), "team: a\nenvironments: [dev]\nnamespace: shop\n");
    await assert.rejects(render(), /services\/web\.yaml:2:12: namespace: got "shop"; .*other owns/);
    assert.ok(!existsSync(at("delivery/dev/web.yaml")));
  });

  for (const path of ["delivery", "delivery/dev", "services"]) {
    it(`refuses a link in place of ${path}`, async () => {
      rmSync(at(path), { recursive: true });
      mkdirSync(at("elsewhere"));
      symlinkSync(at("elsewhere"), at(path));
      await assert.rejects(render(), new RegExp(`^Failure: ${path}: got a symbolic link; expected a folder`));
    });
  }

  it("refuses a link in place of a declaration", async () => {
    writeFileSync(at("secret"), "team: a\nenvironments: [dev]\n");
    symlinkSync(at("secret"), at("services/linked.yaml"));
    await assert.rejects(render(), /services\/linked\.yaml: got no file/);
  });

  it("replaces a link in place of a file, and does not write through it", async () => {
    writeFileSync(at("victim"), "mine\n");
    symlinkSync(at("victim"), at("delivery/dev/web.yaml"));
    symlinkSync(at("victim"), at("delivery/dev/old.yaml"));
    await render();
    assert.equal(readFileSync(at("victim"), "utf8"), "mine\n");
    assert.ok(!lstatSync(at("delivery/dev/web.yaml")).isSymbolicLink());
    assert.ok(!existsSync(at("delivery/dev/old.yaml")));
  });
});
