/** The board on the sandbox, in a browser that stays open while a change goes its way from a pull request to production. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { type RunningBoard, startBoard } from "./support/board";
import { openBrowser } from "./support/browser";
import { cli, fileOn, merge, openRelease, propose } from "./support/people";
import { editLive, paths, sandboxFolder } from "./support/platform";

const TAG = "sha-b0a4d01";
const HOSTILE = `Deploy <img src=x onerror="document.title='taken'"> to api`;
const LONG = { timeout: 120_000 };
const pictures = join(sandboxFolder, "pictures");

describe("the board on the sandbox", function () {
  this.timeout("10m");
  let board: RunningBoard;
  let browser: Browser;
  let page: Page;

  before(async () => {
    mkdirSync(pictures, { recursive: true });
    board = await startBoard("developer");
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(board.url);
  });
  after(async () => {
    await browser.close();
    await board.stop();
  });

  const leg = (environment: string): Locator =>
    page.locator('.row[data-service="api"] > .track > .leg', { has: page.locator(`[data-lane="${environment}"]`) });
  const picture = (name: string) => page.screenshot({ path: join(pictures, `board-${name}.png`) });

  /** Asks for another version of the API service in an environment, by pull request. */
  async function ask(environment: string, title: string): Promise<number> {
    const path = `environments/${environment}/api.yaml`;
    const text = (await fileOn("main", path)).replace(/tag: "[^"]*"/, `tag: "${TAG}"`);
    return propose({ by: "developer", base: "main", title, files: { [path]: text } });
  }

  const arrives = async (environment: string) => {
    await leg(environment).locator(".cell .image", { hasText: TAG }).waitFor(LONG);
    await leg(environment).locator(".cell.healthy").waitFor(LONG);
  };

  for (const environment of ["dev", "staging"]) {
    it(`sees a change appear before ${environment}, and land there`, async () => {
      const title = environment === "dev" ? HOSTILE : `Promote api ${TAG} to ${environment}`;
      const number = await ask(environment, title);
      // The platform may merge it before anybody looks; then it is seen where it arrives.
      await merge("developer", number).catch(() => undefined);
      await arrives(environment);
      await picture(environment);
    });
  }

  it("keeps a hostile message text", async () => {
    assert.equal(await page.locator("img").count(), 0);
    assert.doesNotMatch(await page.title(), /taken/);
  });

  it("sees production's release wait for its approvers, be approved, and land", async () => {
    await merge("developer", await ask("prod", `Promote api ${TAG} to prod`)).catch(() => undefined);
    const number = await openRelease("api", TAG);
    await leg("prod")
      .locator(".passage .pull", { hasText: `#${number}` })
      .waitFor(LONG);
    await leg("prod").locator(".wait", { hasText: "a review" }).waitFor(LONG);
    await picture("waits");
    const { exitCode, all } = await cli("approver", "approve", "api");
    assert.equal(exitCode, 0, all);
    await arrives("prod");
    await leg("prod").locator(".trust", { hasText: "approved by @approver" }).waitFor(LONG);
    await leg("prod").locator(".passage.in-step").waitFor(LONG);
    await picture("landed");
  });

  it("shows the whole way of that version as a line", async () => {
    await page.locator('.row[data-service="api"] .opener').click();
    const way = page.locator(".way", { hasText: TAG });
    await way.locator(".stop.here").nth(2).waitFor(LONG);
    assert.equal(await way.locator(".passage.travelled").count(), 2);
    await picture("way");
  });

  it("sees a live edit as drift, and then healed", async () => {
    await editLive("prod", { spec: { revisionHistoryLimit: 9 } });
    const event = (kind: string) => page.locator("#events .event", { hasText: `api ${kind} in prod` });
    await event("drift").first().waitFor(LONG);
    await event("healed").first().waitFor(LONG);
    await leg("prod").locator(".cell.healthy").waitFor(LONG);
    await picture("healed");
  });

  it("says that a cluster is out of reach, and takes it up again when it is back", async () => {
    const pid = apiServer("dev");
    process.kill(pid, "SIGSTOP");
    try {
      await leg("dev").locator(".cell.out-of-reach").waitFor(LONG);
      await page.locator("#sources .lost", { hasText: "cluster dev" }).waitFor(LONG);
      await leg("dev").locator(".cell .image", { hasText: TAG }).waitFor(LONG);
      await picture("out-of-reach");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await leg("dev").locator(".cell.healthy").waitFor(LONG);
  });
});

/** The process of a cluster's API server. */
function apiServer(environment: string): number {
  const { processes } = JSON.parse(readFileSync(paths.supervisor, "utf8")) as {
    processes: { name: string; pid?: number }[];
  };
  const pid = processes.find(({ name }) => name === `${environment}-kube-apiserver`)?.pid;
  if (pid === undefined) throw new Error(`${environment}-kube-apiserver does not run`);
  return pid;
}
