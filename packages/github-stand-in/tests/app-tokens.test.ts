import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { gitops, PEOPLE, PLATFORM_APP, Protected } from "./protected";
import { refusal } from "./support";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKey = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (more: object = {}, key = keys.privateKey, alg = "RS256") => {
  const time = Math.floor(Date.now() / 1000);
  const claims = { iat: time - 60, exp: time + 540, iss: PLATFORM_APP, ...more };
  const text = `${encode({ alg, typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
};

describe("GitHub stand-in: tokens that Apps request", function () {
  this.timeout(30_000);
  const apps = PEOPLE.apps?.map((app) => (app.id === PLATFORM_APP ? { ...app, publicKey } : app));
  const github = new Protected({ ...PEOPLE, apps });
  const as = (auth: string) => {
    const ignore = () => undefined;
    const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    return new Octokit({ baseUrl: `${github.url}/api/v3`, log, auth }).request;
  };
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  it("issues a token with the requested limits", async () => {
    const app = as(jwt());
    const { data } = await app("GET /repos/{owner}/{repo}/installation", gitops);
    assert.equal(data.app_id, PLATFORM_APP);
    const made = await app("POST /app/installations/{installation_id}/access_tokens", {
      installation_id: data.id,
      repositories: ["gitops"],
      permissions: { contents: "read", checks: "write" },
    });
    assert.deepEqual(made.data.permissions, { contents: "read", checks: "write" });
    const token = as(made.data.token);
    const ref = await token("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...gitops, ref: "heads/main" });
    const { sha } = ref.data.object;
    const run = await token("POST /repos/{owner}/{repo}/check-runs", { ...gitops, name: "validate", head_sha: sha });
    assert.equal(run.data.app?.id, PLATFORM_APP);
    const write = token("POST /repos/{owner}/{repo}/git/refs", { ...gitops, ref: "refs/heads/x", sha });
    assert.deepEqual(await refusal(write).then(({ status }) => status), 403);
  });

  it("grants no more than the App's permissions, and the JWT itself grants nothing", async () => {
    const app = as(jwt());
    const { data } = await app("GET /app/installations");
    const installation_id = Number(data[0]?.id);
    const path = "POST /app/installations/{installation_id}/access_tokens";
    const more = await refusal(app(path, { installation_id, permissions: { administration: "write" } }));
    assert.deepEqual(
      [more.status, more.message],
      [422, "The permissions requested are not granted to this installation."],
    );
    assert.equal((await refusal(app(path, { installation_id, repositories: ["elsewhere"] }))).status, 422);
    assert.equal((await refusal(app(path, { installation_id: 1 }))).status, 404);
    assert.equal((await refusal(app("GET /repos/{owner}/{repo}", gitops))).status, 404);
    assert.equal((await refusal(as("token-of-ci-app")("GET /app"))).status, 401);
  });

  const now = Math.floor(Date.now() / 1000);
  const forged: [what: string, token: string][] = [
    ["signed by another key", jwt({}, other.privateKey)],
    ["of an unknown App", jwt({ iss: 1 })],
    ["that has expired", jwt({ exp: now - 1 })],
    ["with too long a lifetime", jwt({ exp: now + 3600 })],
    ["without an expiry", jwt({ exp: undefined })],
    ["with another type of signature", jwt({}, keys.privateKey, "none")],
    ["without a signature", jwt().replace(/[^.]+$/, "")],
  ];
  for (const [what, token] of forged) {
    it(`rejects a JWT ${what}`, async () => {
      assert.deepEqual(await refusal(as(token)("GET /app")).then(({ status }) => status), 401);
    });
  }
});
