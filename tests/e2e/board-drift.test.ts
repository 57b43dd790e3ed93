/** Live edits on the sandbox's board: in an environment that reverts drift, and in one that only alerts. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenBoard } from "./support/board";
import { setPolicy } from "./support/delivery-policy";
import { apiDeployment, editLive, reconfigure } from "./support/platform";

describe("a live edit on the board", () => {
  let board: OpenBoard;
  let restore = () => Promise.resolve();
  // An environment that only alerts needs a recipient of alerts.
  const listener = createServer((_, response) => response.end());
  before(async () => {
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    board = await OpenBoard.open();
  });
  after(async () => {
    listener.close();
    await board.close();
    await restore();
  });

  it("in production is shown as drift and then as healed, although it lasts less than a second", async () => {
    const edited = new Date();
    await editLive("prod", { spec: { revisionHistoryLimit: 9 } });
    const healed = await board.happened("healed", "prod", edited);
    const drift = await board.happened("drift", "prod", edited);
    assert.match(drift.text, /Deployment api\/api/);
    assert.ok(Date.parse(healed.at) >= Date.parse(drift.at));
    const kinds = await board.page.locator(".event", { hasText: "in prod" }).locator("p").allInnerTexts();
    assert.match(kinds[0] ?? "", /healed/);
    await board.cell("prod").and(board.page.locator(".healthy")).waitFor();
  });

  it("stays if drift only alerts: its service is listed first, with what differs", async () => {
    const edited = new Date();
    restore = await reconfigure("dev", (config) => {
      const argocd = config["gitops-platform:argocd"] as Record<string, unknown>;
      argocd.notifications = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
    });
    await setPolicy("dev", { sync: "auto", drift: "alert" });
    await editLive("dev", { spec: { revisionHistoryLimit: 9 } });
    const cell = board.cell("dev").and(board.page.locator(".drift"));
    await cell.filter({ hasText: "Drift, Healthy" }).filter({ hasText: "≠ Deployment api/api" }).waitFor();
    await board.happened("drift", "dev", edited);
    await board.page.locator("#services .row").first().locator(".flag.drift").waitFor();
    await board.page.locator(".choice.drift b", { hasText: "1" }).waitFor();
    assert.equal((await apiDeployment("dev")).spec.revisionHistoryLimit, 9);
  });

  it("is shown as healed after the environment's policy changed to heal", async () => {
    const healing = new Date();
    await setPolicy("dev", { sync: "auto", drift: "heal" });
    await restore();
    restore = () => Promise.resolve();
    await board.happened("healed", "dev", healing);
    await board.cell("dev").and(board.page.locator(".healthy")).waitFor();
    await board.row().locator(".flag.drift").waitFor({ state: "detached" });
  });

  it("was shown without a reload or an error of the page", async () => {
    assert.ok(await board.isSamePage());
    assert.deepEqual(board.complaints, []);
  });
});
