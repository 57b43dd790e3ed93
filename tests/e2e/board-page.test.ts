/** The board's page in a real browser, served with sample data: layout, updates, search and accessibility. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Board } from "@gitops-platform/gitops/board/model/board";
import { readAssets } from "@gitops-platform/gitops/board/page/page";
import { type Served, serve } from "@gitops-platform/gitops/board/server";
import { board, declared, deployment, Followed, live, pull } from "@gitops-platform/gitops/tests/board/support";
import { complaintsOf, openBrowser, seriousFindings } from "./support/browser";
import { sandboxFolder } from "./support/platform";

const HOSTILE = `<img src=x onerror="document.title='taken'">`;
const pictures = join(sandboxFolder, "pictures");

/** A board with an example of every state, and the given number of services that need no attention. */
function busy(image = "v2", quiet = 0): Board {
  const names = Array.from({ length: quiet }, (_, index) => `quiet-${index}`);
  const version = { declared: declared("v1") };
  const all = { dev: version, staging: version, prod: version };
  const others = Object.fromEntries(names.map((name) => [name, all]));
  const well = Object.fromEntries(names.map((name) => [name, live("v1")]));
  return board(
    {
      api: { ...all, dev: { declared: declared(image, 2) } },
      [HOSTILE]: { dev: { declared: declared(HOSTILE, 1, { by: [HOSTILE] }) } },
      mail: all,
      ...others,
    },
    {
      dev: { api: live(image), mail: live("v1", { health: "Degraded" }), ...well },
      staging: { reason: "no answer" },
      prod: {
        api: live("v1", { drift: true, sync: "OutOfSync" }, { differences: ["Deployment api/api"] }),
        mail: live("v1"),
        ...well,
      },
    },
    {
      deployments: [deployment("dev", image, 2, { from: "v1" }), deployment("dev", "v1", 1)],
      pulls: [
        pull(7, [{ environment: "staging", service: "api", image }], { title: HOSTILE, reviewers: ["@vaarak/team"] }),
      ],
    },
  );
}

describe("the board in a browser", function () {
  this.timeout(60_000);
  let browser: Browser;
  let followed: Followed;
  let served: Served;
  let page: Page;
  let complaints: string[];

  before(async () => {
    browser = await openBrowser();
    mkdirSync(pictures, { recursive: true });
  });
  after(() => browser.close());
  beforeEach(async () => {
    followed = new Followed(busy());
    served = await serve({ follower: followed, assets: await readAssets(), host: "127.0.0.1", port: 0, pulse: 100 });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    complaints = complaintsOf(page);
    await page.goto(served.url);
  });
  afterEach(async () => {
    await page.close();
    await served.close();
  });

  const row = (service: string) => page.locator(`.row[data-service="${service}"]`);

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [360, 1280, 2560]) {
      it(`fits ${width} px in ${colorScheme} mode, and axe finds nothing serious`, async () => {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await row("api").locator(".opener").click();
        await row("api").locator(".pipeline").first().waitFor();
        await page.screenshot({ path: join(pictures, `board-${width}-${colorScheme}.png`), fullPage: true });
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
        assert.ok(wide <= 0, `${wide} px too wide`);
        assert.deepEqual(await seriousFindings(page), []);
        assert.deepEqual(complaints, []);
      });
    }
  }

  it("updates, and keeps open rows, the search and the focus", async () => {
    await row("api").locator(".opener").click();
    await row("api").locator(".pipeline").first().waitFor();
    await page.locator("#search").fill("api");
    await row("api").locator(".opener").focus();
    followed.become(busy("v3"));
    await row("api").locator(".cell .image", { hasText: "v3" }).waitFor();
    await row("api").locator(".pipeline .image", { hasText: "v3" }).waitFor();
    assert.equal(await page.evaluate<string>("document.activeElement.textContent"), "api");
    assert.equal(await row("mail").isVisible(), false);
    followed.become(board({ api: { dev: { declared: declared("v3") } } }));
    await row("mail").waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  });

  it("reports that its server does not respond, and resumes when the server is back", async () => {
    await page.locator("#sources .source").first().waitFor();
    const { port } = new URL(served.url);
    await served.close();
    await page.locator("#stale", { hasText: "does not respond" }).waitFor({ timeout: 30_000 });
    followed.become(busy("v4"));
    const again = { follower: followed, assets: await readAssets(), host: "127.0.0.1", port: Number(port), pulse: 100 };
    served = await serve(again);
    await row("api").locator(".cell .image", { hasText: "v4" }).waitFor();
    await page.locator("#stale").waitFor({ state: "hidden" });
  });

  it("shows hostile text as text", async () => {
    assert.equal(await page.locator(".opener", { hasText: HOSTILE }).count(), 1);
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.title(), "vaarak/gitops: board");
  });

  it("can be searched by keyboard, and filtered by reasons for attention", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("mail");
    assert.deepEqual(await page.locator(".row:visible .opener").allTextContents(), ["mail"]);
    await page.keyboard.press("Escape");
    await page.getByText("Drift", { exact: false }).first().click();
    assert.deepEqual(await page.locator(".row:visible .opener").allTextContents(), ["api"]);
    await page.locator(".choice.all").click();
    await page.locator(".opener").first().focus();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const focused = await page.evaluate<string>("document.activeElement.getAttribute('aria-expanded')");
    assert.equal(focused, "true");
    assert.equal(await page.locator(".row").nth(1).locator(".opener").getAttribute("aria-expanded"), "true");
  });

  it("shows a thousand services, with those that need attention first", async () => {
    followed.become(busy("v2", 1000));
    await page.goto(served.url);
    // The page may first show the earlier state, and then updates.
    await page.locator(".row").nth(1002).waitFor({ state: "attached" });
    assert.equal(await page.locator(".row").count(), 1003);
    assert.deepEqual((await page.locator(".opener").allTextContents()).slice(0, 2), ["mail", "api"]);
    await page.locator("#search").fill("quiet-777");
    assert.deepEqual(await page.locator(".row:visible .opener").allTextContents(), ["quiet-777"]);
  });
});
