import assert from "node:assert/strict";
import { type Inputs, type Provider, UNKNOWN } from "../../../model/provider";
import { githubProvider } from "../../../providers/github/provider";
import { FakeGitHub } from "@gitops-platform/test-support/fake-github";

const VARIABLE = "github:index/actionsVariable:ActionsVariable";
const REPOSITORY = "github:index/repository:Repository";
const PATH = "/repos/vaarak/gitops/actions/variables";
const inputs = { repository: "gitops", variableName: "REGION", value: "eu" };
const up = { preview: false };

describe("GitHub provider", () => {
  let host: FakeGitHub;
  const make = async (options: Inputs = {}): Promise<Provider> =>
    githubProvider({
      token: "t0ken",
      owner: "vaarak",
      baseUrl: host.url,
      retryDelayMs: 0,
      ...options,
    });
  beforeEach(async () => {
    host = await new FakeGitHub().start();
  });
  afterEach(async () => host.stop());

  it("calls /api/v3 below the base URL with the token", async () => {
    host.on(`POST ${PATH}`, 201);
    await (await make()).create(VARIABLE, inputs, up);
    await (await make({ baseUrl: `${host.url}api/v3/` })).create(VARIABLE, inputs, up);
    assert.deepEqual(host.writes, [`POST ${PATH}`, `POST ${PATH}`]);
    assert.equal(host.requests[0]?.authorization, "token t0ken");
  });

  it("sends nothing in a preview, and returns computed outputs as unknown", async () => {
    const { outputs } = await (await make()).create(REPOSITORY, { name: "gitops" }, { preview: true });
    assert.deepEqual([outputs.name, outputs.fullName, outputs.hasWiki], ["gitops", UNKNOWN, false]);
    assert.deepEqual(host.requests, []);
  });

  it("sends writes sequentially", async () => {
    host.on(`POST ${PATH}`, 201);
    host.delayMs = 5;
    const provider = await make();
    await Promise.all(["a", "b", "c"].map(async (value) => provider.create(VARIABLE, { ...inputs, value }, up)));
    assert.deepEqual(
      host.requests.map((each) => [(each.body as Inputs).value, each.answered]),
      [
        ["a", 0],
        ["b", 1],
        ["c", 2],
      ],
    );
  });

  it("retries a call only after a server error", async () => {
    host.on(`POST ${PATH}`, 502).on(`POST ${PATH}`, 503).on(`POST ${PATH}`, 201);
    await (await make()).create(VARIABLE, inputs, up);
    assert.equal(host.requests.length, 3);
    host.on("POST /repos/vaarak/other/actions/variables", 409, { message: "Already exists" });
    await assert.rejects(
      (await make()).create(VARIABLE, { ...inputs, repository: "other" }, up),
      /responded with 409: Already exists/,
    );
    assert.equal(host.requests.length, 4);
  });

  const failures: [status: number, expected: RegExp][] = [
    [401, /^GitHubError: ActionsVariable: POST \/repos\/vaarak\/gitops\/actions\/variables: GitHub rejected the token/],
    [403, /GitHub responded with 403: no .*Grant the token the missing permission/],
    [404, /GitHub responded with 404: no .*no access to it\. Check the name and the token's access to vaarak/],
    [422, /GitHub responded with 422: no/],
    [303, /GitHub responded with 303: the object exists/],
  ];
  for (const [status, expected] of failures) {
    it(`explains ${status}, without the token`, async () => {
      host.on(`POST ${PATH}`, status, { message: "no t0ken" });
      await assert.rejects((await make()).create(VARIABLE, inputs, up), (error: Error) => {
        assert.match(String(error), expected);
        assert.equal(error.message.includes("t0ken"), false);
        return true;
      });
    });
  }

  it("explains an unreachable host", async () => {
    const provider = await make({ maxRetries: 0 });
    await host.stop();
    await assert.rejects(
      provider.create(VARIABLE, inputs, up),
      /GitHub at http:\/\/127\.0\.0\.1:\d+\/api\/v3 cannot be reached/,
    );
    host = await new FakeGitHub().start();
  });

  it("compares inputs, with defaults for unset ones", async () => {
    const provider = await make();
    const diff = async (type: string, before: Inputs, after: Inputs) =>
      provider.diff(type, { type, id: "", inputs: before, outputs: {} }, after);
    assert.deepEqual(await diff(REPOSITORY, { name: "a" }, { name: "a", hasWiki: false }), {
      change: "none",
      paths: [],
    });
    assert.deepEqual(await diff(REPOSITORY, { name: "a" }, { name: "b" }), { change: "update", paths: ["name"] });
    assert.deepEqual(await diff(VARIABLE, inputs, { ...inputs, value: "us" }), { change: "update", paths: ["value"] });
    assert.equal((await diff(VARIABLE, inputs, { ...inputs, variableName: "ZONE" })).change, "replace");
    const file = { repository: "a", file: "b", content: "c" };
    const type = "github:index/repositoryFile:RepositoryFile";
    assert.deepEqual(await diff(type, file, { ...file, branch: "x" }), { change: "replace", paths: ["branch"] });
  });

  it("treats a missing object as deleted", async () => {
    const state = { type: VARIABLE, id: "gitops:REGION", inputs, outputs: {} };
    await (await make()).delete(VARIABLE, state);
    assert.deepEqual(host.writes, [`DELETE ${PATH}/REGION`]);
    host.on(`DELETE ${PATH}/REGION`, 403, { message: "Must have admin rights" });
    await assert.rejects((await make()).delete(VARIABLE, state), /Must have admin rights/);
  });

  const refused: [type: string, given: Inputs, message: RegExp][] = [
    [
      "github:index/team:Team",
      {},
      /team:Team: the local engine does not support this type\. It supports: .*Repository/,
    ],
    [REPOSITORY, { name: "a", pages: {} }, /pages: the local engine does not support this input/],
    [REPOSITORY, { visibility: "private" }, /name: got none; expected a value/],
  ];
  for (const [type, given, message] of refused) {
    it(`refuses ${type} with ${JSON.stringify(given)}`, async () => {
      await assert.rejects((await make()).create(type, given, { preview: true }), message);
    });
  }

  const options: [options: Inputs, message: RegExp][] = [
    [{ baseUrl: undefined }, /baseUrl: got https:\/\/api\.github\.com\/; expected an address of this machine/],
    [{ baseUrl: "http://127.0.0.1.example.com/" }, /expected an address of this machine/],
    [{ token: undefined }, /token: got none; expected a value/],
    [{ owner: undefined }, /owner: got none; expected a value/],
    [{ appAuth: {} }, /appAuth: the local engine does not support this option/],
    [{ token: UNKNOWN }, /token: got a value that is unknown in a preview/],
  ];
  for (const [given, message] of options) {
    it(`refuses the options ${Object.keys(given).join()}: ${String(Object.values(given)[0])}`, async () => {
      await assert.rejects(make(given), message);
    });
  }
});
