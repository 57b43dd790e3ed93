import assert from "node:assert/strict";
import { DELIVERY_POLICY_PATH } from "@gitops-platform/contract/catalogue";
import { graph } from "@gitops-platform/environments/environments";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { candidate } from "../../validate/candidate";
import { catalogue } from "../../validate/catalogue";
import { failureAsProblem } from "../../validate/validate";
import { POLICY_FILE, rendered, SERVICES, VALUES } from "../catalogue/repository";

describe("the catalogue in a pull request", () => {
  const local = new LocalRepository();
  const there = { ...SERVICES, ...VALUES, ...POLICY_FILE, ...rendered(SERVICES), "delivery/dev/README.md": "#\n" };
  let base: string;
  before(() => {
    base = local.commit(there);
    local.git("update-ref", "refs/remotes/origin/main", base);
  });
  after(() => {
    local.remove();
  });

  /** The problems of a change. */
  async function problems(files: Readonly<Record<string, string | null>>, branch = "main", from = base) {
    local.git("checkout", "--quiet", "--force", from);
    const head = local.commit(files);
    const change = await candidate(local.clone, branch, from, head, graph);
    const found = await failureAsProblem(() => catalogue(change));
    return found.map(({ file, line, message }) =>
      [file, line, message].filter((part) => part !== undefined).join(": "),
    );
  }

  const other = { ...SERVICES, "services/web.yaml": "team: payments\nenvironments: [dev, staging]\nretired: [prod]\n" };

  it("is accepted where the rendered files are what the declarations give", async () => {
    assert.deepEqual(await problems({ ...other, ...rendered(other) }), []);
    assert.deepEqual(await problems({ "README.md": "# Hello\n" }), []);
  });

  it("includes the services that join a changed one", async () => {
    const { "delivery/dev/api.yaml": left, ...files } = rendered(other);
    assert.ok(left);
    const [problem, ...more] = await problems({ ...other, ...files });
    assert.deepEqual(more, []);
    assert.match(
      problem ?? "",
      /^delivery\/dev\/api\.yaml: \d+: Got ".*shop.*"; expected ".*web.*", as the declaration .*gitops service render`/,
    );
  });

  const dev = rendered(SERVICES)["delivery/dev/web.yaml"] ?? "";
  const wrong: [what: string, text: string | null, problem: RegExp][] = [
    ["another byte at the end", `${dev}\n`, /: \d+: Got ""; expected the end,/],
    ["a comment", `# reviewed\n${dev}`, /: 1: Got "# reviewed"; expected "---"/],
    ["a second document of the same kind", `${dev}---\nkind: Namespace\n`, /: Got "---"; expected "",/],
    ["a carriage return", dev.replace("\n", "\r\n"), /: 1: Got "---\\r"; expected "---"/],
    ["a byte order mark", `\ufeff${dev}`, /: 1: Got "\ufeff---"/],
    ["another quota", dev.replace('pods: "20"', 'pods: "999"'), /expected ".*pods: \\"20\\""/],
    ["no file", null, /: Got nothing; expected what the declaration gives/],
  ];
  for (const [what, text, problem] of wrong) {
    it(`is refused with ${what}`, async () => {
      assert.match((await problems({ "delivery/dev/web.yaml": text })).join("\n"), problem);
    });
  }

  const strange: [path: string, text: string][] = [
    ["delivery/dev/other.yaml", dev],
    ["delivery/dev/kustomization.yaml", "resources: [web.yaml]\n"],
    ["delivery/dev/Chart.yaml", "name: a\n"],
    ["delivery/dev/web.yml", dev],
    ["delivery/dev/web.json", "{}"],
    ["delivery/dev/sub/web.yaml", dev],
    ["delivery/dev/Web.yaml", dev],
    ["delivery/dev/catalogue.yaml", dev],
    ["delivery/dev/we\u200bb.yaml", dev],
    ["delivery/staging/api.yaml", rendered(SERVICES)["delivery/dev/api.yaml"] ?? ""],
    ["delivery/dev/link.yaml", "-> web.yaml"],
  ];
  for (const [path, text] of strange) {
    it(`is refused with ${JSON.stringify(path)}`, async () => {
      const found = await problems({ [path]: text });
      assert.equal(found.length, 1, found.join("\n"));
      assert.ok(found[0]?.startsWith(path), found[0]);
    });
  }

  it("is refused with a link in place of the folder, also if it was there before", async () => {
    local.git("checkout", "--quiet", "--force", base);
    local.git("rm", "-r", "--quiet", "delivery/staging");
    const linked = local.commit({ "delivery/staging": "-> ../charts" });
    const found = await problems({ "README.md": "# Hello\n" }, "main", linked);
    assert.match(found.join("\n"), /^delivery\/staging: Got something that Argo CD may read/);
  });

  it("is refused with declarations that have problems, and then compares nothing", async () => {
    const found = await problems({ "services/web.yaml": "team: payments\nenvironments: [dev, prd]\n" });
    assert.match(found.join("\n"), /^services\/web\.yaml: 2: environments\[1\]: got "prd"/m);
    assert.ok(!found.join().includes("delivery/"));
    assert.match(
      (await problems({ "services/Other.yaml": "a: 1\n" })).join(),
      /^services\/Other\.yaml: Got another name/,
    );
  });

  it("is refused where a service runs without values, or has values where it does not run or is retired", async () => {
    assert.match(
      (await problems({ "environments/staging/web.yaml": null })).join(),
      /^services\/web\.yaml: environments: got staging; expected .* with values\. Write environments\/staging/,
    );
    assert.match(
      (await problems({ "environments/staging/api.yaml": "a: 1\n" })).join(),
      /^environments\/staging\/api\.yaml: Got values; .*Add staging to environments there, or delete this file\./,
    );
    assert.match(
      (await problems({ "environments/prod/web.yaml": "a: 1\n" })).join(),
      /^environments\/prod\/web\.yaml: Got values; expected none, because services\/web\.yaml retires .* in prod/,
    );
  });

  it("is refused with a file of a service that is no longer declared", async () => {
    const gone = { "services/api.yaml": null, "environments/dev/api.yaml": null };
    assert.match(
      (await problems(gone)).join(),
      /^delivery\/dev\/api\.yaml: Got a file; expected none, as no declaration/,
    );
    assert.deepEqual(await problems({ ...gone, "delivery/dev/api.yaml": null }), []);
  });

  it("is refused with new values of a service that no declaration names", async () => {
    const [problem, ...more] = await problems({
      "environments/dev/new.yaml": "a: 1\n",
      "environments/prod/new/kustomization.yaml": "a: 1\n",
    });
    assert.deepEqual(more, []);
    assert.equal(
      problem,
      "services/new.yaml: Got nothing; expected a declaration of the service new for dev, prod. " +
        "Write it in the same pull request, or let gitops service add open one with both.",
    );
  });

  it("is accepted with an older version's service that has no declaration, where its values are already", async () => {
    local.git("checkout", "--quiet", "--force", base);
    const old = local.commit({ "environments/dev/old.yaml": "a: 1\n" });
    assert.deepEqual(await problems({ "environments/dev/old.yaml": "a: 2\n" }, "main", old), []);
    assert.deepEqual(await problems({ "environments/dev/old.yaml": null }, "main", old), []);
    assert.match(
      (await problems({ "environments/staging/old.yaml": "a: 1\n" }, "main", old)).join(),
      /^services\/old\.yaml: Got nothing; expected a declaration of the service old for staging\./,
    );
    const declared = { ...SERVICES, "services/old.yaml": "team: payments\nenvironments: [dev]\n" };
    assert.deepEqual(await problems({ ...declared, ...rendered(declared) }, "main", old), []);
  });

  it("is refused with a declaration that goes and leaves values", async () => {
    const found = await problems({ "services/api.yaml": null, "delivery/dev/api.yaml": null });
    assert.match(
      found.join(),
      /^services\/api\.yaml: Got nothing; expected a declaration of the service api for dev\./,
    );
  });

  it("compares every file with a new policy, and needs one that can be read", async () => {
    const text = POLICY_FILE[DELIVERY_POLICY_PATH];
    const found = await problems({ [DELIVERY_POLICY_PATH]: text.replace('pods: "20"', 'pods: "21"') });
    assert.match(found.join("\n"), /^delivery\/dev\/web\.yaml: \d+: Got ".*20.*"; expected ".*21/);
    assert.equal(found.length, 1);
    assert.match((await problems({ [DELIVERY_POLICY_PATH]: null })).join(), /got nothing; expected how services are/);
    assert.match(
      (await problems({ [DELIVERY_POLICY_PATH]: "a: 1\n" })).join(),
      /delivery\.yaml:1:4: a: got 1; expected no/,
    );
  });

  describe("on an environment's branch", () => {
    const own = rendered(SERVICES, ["prod"]);

    it("is compared with the policy of main", async () => {
      assert.deepEqual(Object.keys(own), ["delivery/prod/web.yaml"]);
      assert.deepEqual(await problems(own, "env/prod"), []);
      const policy = POLICY_FILE[DELIVERY_POLICY_PATH].replace("retain: true", "retain: false");
      assert.deepEqual(await problems({ ...own, [DELIVERY_POLICY_PATH]: policy }, "env/prod"), []);
      const found = await problems({ "delivery/prod/web.yaml": `${own["delivery/prod/web.yaml"]}---\n` }, "env/prod");
      assert.match(found.join(), /Run `gitops service render --env prod`/);
    });

    it("is only that of the environment", async () => {
      assert.deepEqual(await problems({ "delivery/dev/web.yaml": "a: 1\n" }, "env/prod"), []);
      assert.match((await problems({ "delivery/prod/api.yaml": "a: 1\n" }, "env/prod")).join(), /expected none/);
    });

    it("is refused with new values of a service that no declaration names there", async () => {
      const path = "environments/prod/new.yaml";
      const fix = "Declare it on main; its release brings it here with the values.";
      assert.deepEqual(await problems({ [path]: "a: 1\n" }, "env/prod"), [
        `services/new.yaml: Got nothing; expected a declaration of the service new for prod. ${fix}`,
      ]);
      assert.deepEqual(await problems({ "environments/prod/api.yaml": "a: 1\n" }, "env/prod"), [
        `services/api.yaml: Got other environments; expected a declaration of the service api for prod. ${fix}`,
      ]);
      local.git("checkout", "--quiet", "--force", base);
      const old = local.commit({ [path]: "a: 1\n" });
      assert.deepEqual(await problems({ [path]: "a: 2\n" }, "env/prod", old), []);
      const declared = { "services/new.yaml": "team: payments\nenvironments: [prod]\n", [path]: "a: 1\n" };
      const given = rendered({ ...SERVICES, ...declared }, ["prod"])["delivery/prod/new.yaml"] ?? null;
      assert.deepEqual(await problems({ ...declared, "delivery/prod/new.yaml": given }, "env/prod"), []);
    });
  });
});
