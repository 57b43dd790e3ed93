/**
 * Attacks on the branch of an environment that is added to a live repository, on the stand-in, over HTTP and Git: what
 * a writer pushed before the branch's own ruleset was active. These tests run without Helm: they set the check
 * `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { useAlerts } from "@gitops-platform/test-support/alerts";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { release } from "../../release/release";

const VALUES = "environments/prod-eu/api.yaml";
const EVIL = "manifests/api/manifests.yaml";
const OWNERS = { ".github/CODEOWNERS": "* @pat @pia\n" };

describe("the branch of an environment that is added to a live repository", function () {
  this.timeout(120_000);
  let github: GitopsRepository;
  const alerts = useAlerts();
  beforeEach(async () => {
    alerts.received.length = 0;
    github = new GitopsRepository();
    await github.make({ graph: TWO_PRODUCTIONS, approvers: { "prod-eu": ["pat", "pia"] }, manifests: [] });
    // The window: neither ruleset covers the branch, which is not there yet.
    const close = await github.disable("env/prod-eu", "main");
    await github.octokit("owner").rest.git.deleteRef({ ...repository, ref: "heads/env/prod-eu" });
    enable = close;
  });
  let enable: () => Promise<void>;
  afterEach(() => github.remove());

  /** A pull request lands on `main`, as in a repository that is in use. */
  async function use(files: Record<string, string>): Promise<void> {
    const number = await github.propose("dora", "main", "use", "Say more", files);
    await github.merge("owner", number);
  }
  const run = () =>
    github.as("release", (session) =>
      release(session, { environment: "prod-eu", thorough: false, signingKey: github.key.privateKey }),
    );
  const codes = async () => (await run()).map(({ state, code }) => code ?? state);
  const told = () => alerts.received.map(({ payload }) => String(payload.text));

  it("is released into if it has main's files and its own CODEOWNERS, also after main moved on", async () => {
    await use({ "README.md": "# More\n" });
    await github.push("owner", "main", "env/prod-eu", OWNERS);
    await enable();
    assert.deepEqual(await codes(), []);
    await github.disable("main");
    await use({ "README.md": "# Even more\n" });
    assert.deepEqual(await codes(), []);
    assert.deepEqual(told(), []);
  });

  for (const [what, files] of [
    ["manifests", { [EVIL]: "kind: Secret\n" }],
    ["values", { [VALUES]: "image: { tag: evil }\n" }],
    ["a chart", { "charts/service/templates/evil.yaml": "kind: Secret\n" }],
    ["a workflow", { ".github/workflows/evil.yaml": "on: push\n" }],
  ] as const) {
    it(`is refused and alerted once if a writer pushed ${what} before its ruleset was active`, async () => {
      await use({ "README.md": "# More\n" });
      await github.push("dora", "main", "env/prod-eu", files);
      await github.push("owner", "env/prod-eu", "env/prod-eu", OWNERS);
      await enable();
      assert.deepEqual([await codes(), await codes()], [["unapproved-content"], ["unapproved-content"]]);
      const [path = ""] = Object.keys(files);
      assert.equal(told().length, 1);
      assert.ok(told()[0]?.includes(`env/prod-eu: got content that nobody approved: ${path}; expected main's`));
    });
  }

  it("is refused if a writer let it leave main where a new repository gets its first manifests", async () => {
    const root = (await github.octokit("owner").rest.git.getRef({ ...repository, ref: "heads/main" })).data.object.sha;
    await use({ [VALUES]: "image: { tag: sha-1111111 }\n" });
    const ref = "refs/heads/env/prod-eu";
    await github.octokit("dora").rest.git.createRef({ ...repository, ref, sha: root });
    await github.push("dora", "env/prod-eu", "env/prod-eu", { ...OWNERS, [EVIL]: "kind: Secret\n" });
    await enable();
    assert.deepEqual(await codes(), ["unapproved-content"]);
  });

  it("takes nothing but an approved pull request that makes it equal to main, and is then released into", async () => {
    await use({ "README.md": "# More\n" });
    await github.push("dora", "main", "env/prod-eu", { ...OWNERS, [EVIL]: "kind: Secret\n" });
    await enable();
    const other = await github.propose("dora", "env/prod-eu", "other", "A typo", { "README.md": "# Mode\n" });
    const repair = await github.propose("dora", "env/prod-eu", "repair", "Restore main's files", { [EVIL]: null });
    for (const number of [other, repair]) {
      await github.sayValid(number);
      await github.approve("pat", number);
    }
    assert.deepEqual(await codes(), ["unapproved-content", "merged"]);
    assert.equal((await github.pull(other)).state, "open");
    assert.ok(!(await codes()).includes("unapproved-content"));
  });
});

describe("the branch of an environment in a new repository", function () {
  this.timeout(120_000);
  let github: GitopsRepository;
  useAlerts();
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make();
  });
  afterEach(() => github.remove());

  const codes = async () =>
    (
      await github.as("release", (session) =>
        release(session, { environment: "prod", thorough: false, signingKey: github.key.privateKey }),
      )
    ).map(({ state, code }) => code ?? state);

  it("is released into with what up wrote there, which delivers the first service", async () => {
    assert.match(await github.read("delivery/prod/api.yaml", "env/prod"), /^kind: AppProject$/m);
    assert.deepEqual(await codes(), []);
  });

  it("is refused if what delivers the first service is not what its declaration gives", async () => {
    const text = await github.read("delivery/prod/api.yaml", "env/prod");
    const enable = await github.disable("env/prod");
    const wider = text.replace(`pods: "30"`, `pods: "300"`);
    assert.notEqual(wider, text);
    await github.push("dora", "env/prod", "env/prod", { "delivery/prod/api.yaml": wider });
    await enable();
    assert.deepEqual(await codes(), ["unapproved-content"]);
  });
});
