import assert from "node:assert/strict";
import { request } from "node:http";
import { Browser } from "@gitops-platform/test-support/browser";
import { ManifestPage, opener } from "../../init/manifest-page";

describe("the local page of gitops init", () => {
  let page: ManifestPage;
  const codes: string[] = [];
  before(async () => {
    page = await ManifestPage.start(0);
  });
  after(() => {
    page.close();
  });
  const browser = new Browser("http://localhost");
  const offer = (fails = false) =>
    page.offer("bump", {
      form: "https://github.example/new",
      manifest: { name: '<b>"x"</b>' },
      received: (code) => {
        codes.push(code);
        return fails ? Promise.reject(new Error("no App")) : Promise.resolve(`${page.url}/next`);
      },
    });
  const stateIn = (html: string) => /\?state=([0-9a-f]{32})"/.exec(html)?.[1] ?? "";

  it("sends the manifest with a state and its own URL, and accepts GitHub's code for that state only", async () => {
    const { url, finished } = offer();
    const { html } = await browser.open(url);
    assert.match(html, /<form method="post" action="https:\/\/github\.example\/new\?state=[0-9a-f]{32}">/);
    assert.ok(html.includes(`&quot;redirect_url&quot;:&quot;${url}/created&quot;`));
    assert.ok(!html.includes("<b>"));
    const forged = await browser.open(`${url}/created?code=forged&state=${"0".repeat(32)}`);
    assert.deepEqual([forged.status, codes], [400, []]);
    await browser.open(`${url}/created?code=c1&state=${stateIn(html)}`);
    await finished;
    assert.deepEqual(codes, ["c1"]);
    assert.equal((await browser.open(`${url}/created?code=c2&state=${stateIn(html)}`)).status, 404);
    assert.deepEqual(codes, ["c1"]);
  });

  it("shows the form only to who knows its whole address, which nobody can guess", async () => {
    const { url } = offer();
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/bump$/);
    for (const path of ["/bump", `/${"0".repeat(32)}/bump`, "/"]) {
      const { status, html } = await browser.open(`${page.url}${path}`);
      assert.deepEqual([status, stateIn(html)], [404, ""]);
    }
  });

  it("reports an App that GitHub did not create", async () => {
    const { url, finished } = offer(true);
    const refused = assert.rejects(finished, /^Error: no App$/);
    const { html } = await browser.open(url);
    assert.equal((await browser.open(`${url}/created?code=c3&state=${stateIn(html)}`)).status, 500);
    await refused;
  });

  it("answers only to its own host name, so that no other site can read it by DNS rebinding", async () => {
    const { url } = offer();
    const status = await new Promise((resolve) => {
      request(url, { headers: { host: "attacker.example" } }, (response) => {
        resolve(response.statusCode);
      }).end();
    });
    assert.equal(status, 421);
  });

  it("needs a free port", async () => {
    const message = new RegExp(`^Failure: --port: got ${page.port} \\(EADDRINUSE\\); expected a free port\\.`);
    await assert.rejects(ManifestPage.start(page.port), message);
  });

  it("is opened by the system's program, if there is a screen", () => {
    assert.equal(opener("linux", {}), undefined);
    assert.deepEqual(opener("linux", { DISPLAY: ":0" }), ["xdg-open"]);
    assert.deepEqual(opener("darwin", {}), ["open"]);
    assert.deepEqual(opener("linux", { BROWSER: "firefox" }), ["firefox"]);
  });
});
