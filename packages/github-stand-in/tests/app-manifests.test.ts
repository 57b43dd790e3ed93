import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { appToken } from "@gitops-platform/test-support/app-token";
import { Browser, type Page } from "@gitops-platform/test-support/browser";
import { AppManifests } from "../domain/app-manifests";
import { Database } from "../store/database";
import { checkAnswers } from "./described";
import { refusal, StandIn } from "./support";

describe("GitHub stand-in: Apps from a manifest", function () {
  this.timeout(60_000);
  const github = new StandIn();
  let receiver: Server;
  let back = "";
  before(async () => {
    await github.start();
    await github.repository("gitops");
    await github.repository("other");
    receiver = createServer((request, response) => response.end(request.url));
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    back = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/made`;
  });
  after(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await github.remove();
  });

  const manifest = (more: object = {}) => ({
    ...{ name: "vaarak gitops", url: "https://vaarak.example", redirect_url: back, public: false },
    ...{ default_permissions: { contents: "write", members: "read" }, ...more },
  });
  const as = (login: string) => new Browser(github.url, `token-of-${login}`);
  const start = (browser: Browser, content: unknown, state = "s 1"): Promise<Page> => {
    const url = `${github.url}/organizations/vaarak/settings/apps/new?state=${encodeURIComponent(state)}`;
    const value = (typeof content === "string" ? content : JSON.stringify(content)).replaceAll('"', "&quot;");
    const form = `<form method="post" action="${url}"><input name="manifest" value="${value}"></form>`;
    return browser.press({ url: "http://localhost/", status: 200, html: form });
  };
  const convert = async (code: string) =>
    (await github.octokit().request("POST /app-manifests/{code}/conversions", { code })).data;
  const asApp = (id: number, pem: string) => {
    const ignore = () => undefined;
    const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    return checkAnswers(new Octokit({ baseUrl: `${github.url}/api/v3`, log, auth: appToken(id, pem) })).request;
  };

  it("are created with one button, and their code is converted once", async () => {
    const ada = as("ada");
    const confirm = await start(ada, manifest());
    assert.match(confirm.html, /<li>contents: write<\/li><li>members: read<\/li>/);
    assert.equal((await refusal(github.octokit("ada").request("GET /apps/vaarak-gitops"))).status, 404);
    const { url } = await ada.press(confirm);
    const { code = "", state } = Object.fromEntries(new URL(url).searchParams);
    assert.equal(url.split("?")[0], back);
    assert.equal(state, "s 1");
    const made = await convert(code);
    assert.deepEqual([made.slug, made.name, made.webhook_secret], ["vaarak-gitops", "vaarak gitops", null]);
    assert.deepEqual(made.permissions, { contents: "write", members: "read" });
    assert.equal((await refusal(convert(code))).status, 404);
    const { data } = await asApp(made.id, made.pem)("GET /app");
    assert.equal(data?.slug, "vaarak-gitops");
    assert.equal((await github.octokit("dan").rest.apps.getBySlug({ app_slug: "vaarak-gitops" })).data?.id, made.id);
  });

  it("can be installed on one repository, so that their tokens work there", async () => {
    const ada = as("ada");
    const { url } = await ada.press(await start(ada, manifest({ name: "reader" })));
    const { id, pem } = await convert(new URL(url).searchParams.get("code") ?? "");
    const app = asApp(id, pem);
    const gitops = { owner: "vaarak", repo: "gitops" };
    assert.deepEqual((await app("GET /app/installations")).data, []);
    assert.equal((await refusal(app("GET /repos/{owner}/{repo}/installation", gitops))).status, 404);

    const choose = await ada.open(`${github.url}/apps/reader/installations/new`);
    assert.match(choose.html, /<option value="\d+">gitops<\/option><option value="\d+">other<\/option>/);
    assert.equal((await ada.press(choose, { repository_id: "gitops" })).status, 200);
    const { data } = await app("GET /repos/{owner}/{repo}/installation", gitops);
    assert.deepEqual([data.app_id, data.repository_selection], [id, "selected"]);
    assert.equal(
      (await refusal(app("GET /repos/{owner}/{repo}/installation", { ...gitops, repo: "other" }))).status,
      404,
    );
    const list = await github.octokit("ada").request("GET /orgs/{org}/installations", { org: "vaarak" });
    assert.ok(list.data.installations.some((each) => each.id === data.id && each.app_id === id));
    const path = "POST /app/installations/{installation_id}/access_tokens";
    const token = (await app(path, { installation_id: data.id })).data;
    const octokit = new Octokit({ baseUrl: `${github.url}/api/v3`, auth: token.token });
    assert.equal((await octokit.rest.repos.getContent({ ...gitops, path: "README.md" })).status, 200);
  });

  it("keep their key and installation when the server starts again", async () => {
    const ada = as("ada");
    const { url } = await ada.press(await start(ada, manifest({ name: "durable" })));
    const { id, pem } = await convert(new URL(url).searchParams.get("code") ?? "");
    await ada.press(await ada.open(`${github.url}/apps/durable/installations/new`), { repository_id: "gitops" });
    await github.stop();
    await github.start();
    // Not GET /app/installations, whose described account is a person and an enterprise at once.
    const { data } = await asApp(id, pem)("GET /orgs/{org}/installation", { org: "vaarak" });
    assert.equal(data.app_slug, "durable");
  });

  it("can be created by owners only, after they log in", async () => {
    assert.equal((await start(as("ben"), manifest())).status, 404);
    assert.equal((await start(new Browser(github.url), manifest())).status, 401);
    assert.equal((await as("ben").open(`${github.url}/apps/reader/installations/new`)).status, 404);
    assert.equal((await refusal(github.octokit("ben").request("GET /orgs/vaarak/installations"))).status, 403);
    assert.equal((await as("ada").open(`${github.url}/organizations/vaarak/settings/apps/new`)).status, 200);
  });

  const invalid: [what: string, content: unknown][] = [
    ["without a name", { url: "https://vaarak.example", redirect_url: "https://vaarak.example" }],
    ["with a name of 35 characters", manifest({ name: "x".repeat(35) })],
    ["with a webhook without a URL", manifest({ hook_attributes: { active: false } })],
    ["with an unknown permission", manifest({ default_permissions: { everything: "write" } })],
    ["that is not JSON", "{"],
  ];
  for (const [what, content] of invalid) {
    it(`cannot be created from a manifest ${what}`, async () => {
      const { status, html } = await start(as("ada"), content);
      assert.deepEqual([status, html.includes("Invalid GitHub App configuration")], [422, true]);
    });
  }

  it("need a free name, which the person can change on the page", async () => {
    const ada = as("ada");
    const taken = await ada.press(await start(ada, manifest({ name: "release" })));
    assert.match(taken.html, /Name is already taken/);
    const { url } = await ada.press(taken, { name: "vaarak release" });
    assert.equal((await convert(new URL(url).searchParams.get("code") ?? "")).slug, "vaarak-release");
  });

  it("have a code that is valid for an hour", async () => {
    const folder = mkdtempSync(join(tmpdir(), "github-"));
    try {
      let time = 0;
      const manifests = new AppManifests(new Database(folder), () => time);
      const make = (name: string) =>
        manifests.create("vaarak", { name, url: "x", redirect_url: "x", default_permissions: {}, default_events: [] });
      const [first = "", second = ""] = [await make("first"), await make("second")];
      time = 3_600_000 - 1;
      assert.equal(manifests.convert(first).app.slug, "first");
      time = 3_600_000;
      assert.throws(() => manifests.convert(second), { status: 404 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
