import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { gitops, PEOPLE, Protected } from "./protected";
import { git, gitRefusal, refusal } from "./support";

type Permissions = Record<string, "read" | "write">;
/** The platform's two Apps: one that can bump, one that can release and report checks. */
const BUMP: Permissions = { contents: "write", pull_requests: "write", deployments: "read" };
const RELEASE: Permissions = { contents: "write", pull_requests: "write", checks: "write" };
const keys = {
  bump: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  release: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const IDS = { bump: 5001, release: 5002 };
type Name = keyof typeof IDS;

const app = (slug: Name, permissions: Permissions, repositories: string[]) => ({
  slug,
  id: IDS[slug],
  token: `token-of-${slug}`,
  permissions,
  repositories,
  publicKey: keys[slug].publicKey.export({ type: "spki", format: "pem" }).toString(),
});
const apps = [app("bump", BUMP, ["vaarak/gitops"]), app("release", RELEASE, ["vaarak/*"])];

describe("GitHub stand-in: one App that bumps and one that releases", function () {
  this.timeout(30_000);
  const github = new Protected({ ...PEOPLE, apps });
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  const as = (auth: string) => {
    const ignore = () => undefined;
    const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    return new Octokit({ baseUrl: `${github.url}/api/v3`, log, auth });
  };
  const asApp = (name: Name, key: KeyObject = keys[name].privateKey) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const time = Math.floor(Date.now() / 1000);
    // Like Go's client: the id as a string.
    const claims = { iat: time - 30, exp: time + 90, iss: String(IDS[name]) };
    const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
    return as(`${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`);
  };
  const installationOf = async (name: Name) => (await asApp(name).rest.apps.getRepoInstallation(gitops)).data.id;
  async function tokenOf(name: Name, permissions: Permissions = {}, repositories?: string[]) {
    const { data } = await asApp(name).rest.apps.createInstallationAccessToken({
      installation_id: await installationOf(name),
      permissions: permissions,
      ...(repositories ? { repositories } : {}),
    });
    return data;
  }
  const headOf = async (branch: string) =>
    (await github.octokit("owner").rest.repos.getBranch({ ...gitops, branch })).data.commit.sha;

  it("finds each App's installation by repository, organisation and id, with its permissions", async () => {
    const rest = asApp("bump").rest.apps;
    const { data } = await rest.getRepoInstallation(gitops);
    assert.deepEqual(
      [data.app_id, data.app_slug, data.permissions, data.repository_selection],
      [IDS.bump, "bump", BUMP, "selected"],
    );
    assert.ok(data.account && "login" in data.account && data.account.login === "vaarak");
    assert.deepEqual((await rest.getOrgInstallation({ org: "vaarak" })).data, data);
    assert.deepEqual((await rest.getInstallation({ installation_id: data.id })).data, data);
    assert.equal((await refusal(rest.getOrgInstallation({ org: "elsewhere" }))).status, 404);
    const release = (await asApp("release").rest.apps.getRepoInstallation(gitops)).data;
    assert.deepEqual([release.app_id, release.repository_selection], [IDS.release, "all"]);
    assert.equal((await refusal(rest.getInstallation({ installation_id: release.id }))).status, 404);
  });

  it("limits a token to permissions and a repository, as the workflows request it", async () => {
    const { token, permissions, repository_selection, repositories, expires_at } = await tokenOf(
      "release",
      { checks: "write", contents: "read", pull_requests: "read" },
      ["gitops"],
    );
    assert.deepEqual(permissions, { checks: "write", contents: "read", pull_requests: "read" });
    assert.deepEqual(
      [repository_selection, repositories?.map(({ full_name }) => full_name)],
      ["selected", ["vaarak/gitops"]],
    );
    assert.ok(Date.parse(expires_at) > Date.now() + 3_500_000);
    const sha = await headOf("main");
    const { rest } = as(token);
    const run = await rest.checks.create({ ...gitops, name: "four-eyes", head_sha: sha });
    assert.deepEqual([run.data.app?.id, run.data.app?.slug], [IDS.release, "release"]);
    assert.equal((await refusal(rest.git.createRef({ ...gitops, ref: "refs/heads/x", sha }))).status, 403);
    assert.equal((await refusal(rest.repos.listDeployments(gitops))).status, 403);
  });

  const refused: [what: string, name: Name, permissions: Permissions, repositories?: string[]][] = [
    ["checks for the App that bumps", "bump", { checks: "write" }],
    ["more of a permission than it has", "bump", { deployments: "write" }],
    ["an unknown permission", "release", { "no-such-thing": "read" }],
    ["a repository elsewhere", "release", {}, ["elsewhere"]],
    ["one repository of two", "bump", {}, ["gitops", "elsewhere"]],
  ];
  for (const [what, ...asked] of refused) {
    it(`issues no token for ${what}`, async () => {
      assert.equal((await refusal(tokenOf(...asked))).status, 422);
    });
  }

  it("rejects each App's JWT if it is signed with the other's key", async () => {
    const forged = asApp("release", keys.bump.privateKey).rest.apps.getAuthenticated();
    assert.equal((await refusal(forged)).status, 401);
  });

  it("lets the bump App push and read health, but neither report checks nor deploy", async () => {
    const { token } = await tokenOf("bump", BUMP, ["gitops"]);
    const { rest } = as(token);
    assert.deepEqual((await rest.repos.listDeployments(gitops)).data, []);
    const deployment = { ...gitops, ref: "main", required_contexts: [] };
    assert.equal((await refusal(rest.repos.createDeployment(deployment))).status, 403);
    const check = { ...gitops, name: "validate", head_sha: await headOf("main") };
    assert.equal((await refusal(rest.checks.create(check))).status, 403);
    const remote = `${github.url.replace("//", `//x-access-token:${token}@`)}/vaarak/gitops.git`;
    const clone = await github.clone("rita");
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "Deploy api");
    await clone.git("push", "--quiet", remote, "HEAD:refs/heads/bump/dev");
    await clone.git("checkout", "--quiet", "env/prod");
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "Past everybody");
    assert.match(await gitRefusal(clone.git("push", remote, "HEAD:refs/heads/env/prod")), /GH013/);
    const [pushed] = (await rest.repos.listActivities({ ...gitops, ref: "bump/dev" })).data;
    assert.deepEqual([pushed?.activity_type, pushed?.actor?.login], ["branch_creation", "bump[bot]"]);
  });

  it("revokes only the given token", async () => {
    const [{ token }, other] = [await tokenOf("bump"), await tokenOf("bump")];
    assert.equal((await as(token).rest.apps.revokeInstallationAccessToken()).status, 204);
    assert.equal((await refusal(as(token).rest.repos.get(gitops))).status, 401);
    assert.equal((await as(other.token).rest.repos.get(gitops)).status, 200);
    const remote = `${github.url.replace("//", `//x-access-token:${token}@`)}/vaarak/gitops.git`;
    assert.match(await gitRefusal(git(github.folder, "ls-remote", remote)), /Bad credentials/);
    const person = github.octokit("dev").rest.apps.revokeInstallationAccessToken();
    assert.equal((await refusal(person)).status, 403);
  });

  it("accepts no body and `null`, as Go's client sends it", async () => {
    const path = "POST /app/installations/{installation_id}/access_tokens";
    const installation_id = await installationOf("bump");
    for (const data of [undefined, "null\n"]) {
      const made = await asApp("bump").request(path, {
        installation_id,
        ...(data === undefined ? {} : { data }),
      } as never);
      assert.deepEqual((made.data as { permissions: Permissions }).permissions, BUMP);
    }
  });
});
