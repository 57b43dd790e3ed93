/** The identity of a job, as seen by a client that knows only the issuer's URL. */
import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { Running } from "./actions-support";
import { gitops } from "./protected";

const ASK = `answer=$(curl -sS -o body -w '%{http_code}' -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" `;

/** Prints the token reversed, because the log would mask it. */
const identify = (more: string, audience: string) => `
  ${more}
    runs-on: ubuntu-latest
    steps:
      - run: |
          ${ASK}"$ACTIONS_ID_TOKEN_REQUEST_URL${audience}")
          echo "answer $answer"
          echo "value $(sed -E 's/.*"value":"([^"]+)".*/\\1/' body | rev)"
          echo "url $ACTIONS_ID_TOKEN_REQUEST_URL"
          echo "asked with $(printf %s "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" | rev)"
          echo "plain $ACTIONS_ID_TOKEN_REQUEST_TOKEN"
`;

const WORKFLOWS = {
  identity: `name: Identity
on: [workflow_dispatch, push]
permissions: {}
jobs:${identify("audience:\n    permissions: { id-token: write }", "&audience=for:you")}
${identify("environment:\n    environment: release\n    permissions: { id-token: write }", "")}
  none:
    runs-on: ubuntu-latest
    steps:
      - run: echo "url [$ACTIONS_ID_TOKEN_REQUEST_URL$ACTIONS_ID_TOKEN_REQUEST_TOKEN]"
`,
};

describe("GitHub stand-in: identity tokens", function () {
  this.timeout(60_000);
  const github = new Running();
  const logs = { audience: "", environment: "", none: "" };
  let run: Awaited<ReturnType<Running["ended"]>>;

  before(async () => {
    await github.start();
    const { rest } = github.octokit("owner");
    await rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
    await github.environment("release", {}, {});
    await github.workflows(WORKFLOWS);
    run = await github.ended("Identity");
    for (const name of ["audience", "environment", "none"] as const) logs[name] = await github.log(run, name);
  });
  after(() => github.remove());

  const printed = (log: string, what: string) => new RegExp(` ${what} (\\S+)$`, "m").exec(log)?.[1] ?? "";
  const backwards = (text: string) => Buffer.from(text).reverse().toString();

  async function claimsOf(log: string) {
    const issuer = `${github.url}/_services/token`;
    const found = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { jwks_uri, ...more } = (await found.json()) as { issuer: string; jwks_uri: string };
    assert.equal(more.issuer, issuer);
    const keys = createRemoteJWKSet(new URL(jwks_uri));
    return (await jwtVerify(backwards(printed(log, "value")), keys, { issuer, algorithms: ["RS256"] })).payload;
  }

  it("are signed with public keys, and identify the job and the audience", async () => {
    assert.equal(printed(logs.audience, "answer"), "200", logs.audience);
    const { iat = 0, exp = 0, nbf = 0, jti, ...claims } = await claimsOf(logs.audience);
    assert.deepEqual([exp - iat, iat - nbf], [300, 600]);
    assert.match(jti ?? "", /^[0-9a-f-]{36}$/);
    const { data } = await github.octokit("owner").rest.repos.get(gitops);
    const workflow_ref = "vaarak/gitops/.github/workflows/identity.yaml@refs/heads/main";
    assert.deepEqual(claims, {
      iss: `${github.url}/_services/token`,
      aud: "for:you",
      sub: "repo:vaarak/gitops:ref:refs/heads/main",
      repository: "vaarak/gitops",
      repository_id: String(data.id),
      repository_owner: "vaarak",
      repository_owner_id: String(data.owner.id),
      repository_visibility: "private",
      ref: "refs/heads/main",
      ref_type: "branch",
      sha: run.head_sha,
      base_ref: "",
      head_ref: "",
      actor: "owner",
      actor_id: String(run.actor?.id),
      event_name: "push",
      workflow: "Identity",
      workflow_ref,
      workflow_sha: run.head_sha,
      job_workflow_ref: workflow_ref,
      job_workflow_sha: run.head_sha,
      run_id: String(run.id),
      run_number: "1",
      run_attempt: "1",
      runner_environment: "self-hosted",
    });
  });

  it("are for the repository's owner by default, and contain the job's environment", async () => {
    const { aud, sub, environment } = await claimsOf(logs.environment);
    assert.equal(aud, `${github.url}/vaarak`);
    assert.equal(sub, "repo:vaarak/gitops:environment:release");
    assert.equal(environment, "release");
  });

  it("are only for jobs with id-token: write, while they run, and the request token is masked", async () => {
    assert.match(logs.none, / url \[\]$/m);
    assert.match(logs.audience, / plain \*\*\*$/m);
    const url = printed(logs.audience, "url");
    const ask = (token: string) => fetch(url, { headers: { authorization: `bearer ${token}` } });
    assert.equal((await ask(backwards(printed(logs.audience, "asked with")))).status, 401);
    assert.equal((await ask("token-of-dev")).status, 401);
  });
});
