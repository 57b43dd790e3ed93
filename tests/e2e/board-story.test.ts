/** A version's way from a bump to production, seen on the sandbox's own board in a page that stays open. */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { OpenBoard } from "./support/board";
import { healthy, typed } from "./support/versions";
import { openBump, openRelease, start } from "./support/people";
import { apiImage } from "./support/platform";

const TAG = "sha-5010001";

describe("a version's way on the board", () => {
  let board: OpenBoard;
  let earlier = "";
  const began = new Date();
  before(async () => {
    earlier = (await apiImage("prod")).replace(/^.*:/, "");
    board = await OpenBoard.open();
  });
  after(() => board.close());

  it("begins with a bump on its way, which then lands in dev", async () => {
    const bumping = start("developer", "bump", "api", "--tag", TAG);
    const number = await openBump();
    // The account that bumps merges, too: held up, the bump stays on its way for as long as one wants to look.
    bumping.kill("SIGSTOP");
    const transition = board.transition("dev");
    try {
      await transition
        .filter({ hasText: TAG })
        .getByRole("link", { name: `#${number}` })
        .waitFor();
      await transition.filter({ hasText: "waits for its merge" }).waitFor();
      await board.row().locator(".flag.moving").waitFor();
      assert.doesNotMatch(await board.cell("dev").innerText(), new RegExp(TAG));
    } finally {
      bumping.kill("SIGCONT");
    }
    const { exitCode, all } = await bumping;
    assert.equal(exitCode, 0, all);
    await board.lands("dev", TAG);
    await transition.filter({ hasText: TAG }).waitFor({ state: "detached" });
  });

  it("shows what staging could have, and then has", async () => {
    await board.transition("staging").filter({ hasText: TAG }).filter({ hasText: "not promoted" }).waitFor();
    await healthy("dev", TAG);
    await typed("developer", "promote", "api", "--from", "dev", "--to", "staging");
    await board.lands("staging", TAG);
    await board.transition("staging").and(board.page.locator(".in-step")).waitFor();
  });

  it("waits before production, and says for whom", async () => {
    await healthy("staging", TAG);
    await typed("developer", "promote", "api", "--from", "staging", "--to", "prod");
    const number = await openRelease("api", TAG);
    const transition = board.transition("prod").and(board.page.locator(".waiting")).filter({ hasText: TAG });
    await transition.filter({ hasText: "waits for a review by @vaarak/production-approvers" }).waitFor();
    await transition.getByRole("link", { name: `#${number}` }).waitFor();
    await board.row().locator(".flag.waiting").waitFor();
    assert.ok((await board.cell("prod").innerText()).includes(earlier));
    assert.match(await apiImage("prod"), new RegExp(`:${earlier}$`));
  });

  it("lands in production when an owner approves, and says who", async () => {
    await typed("approver", "approve", "api");
    await board.lands("prod", TAG);
    await board.cell("prod").filter({ hasText: "approved by @approver" }).waitFor();
    await board.row().locator(".flag.waiting").waitFor({ state: "detached" });
    const { text } = await board.happened("promoted", "prod", began);
    assert.ok(text.includes(`${earlier} → ${TAG}; approved by @approver`), text);
  });

  it("can be followed as one line through the three, with the commit of each step", async () => {
    await board.row().locator(".opener").click();
    const pipeline = board.row().locator(".pipeline", { hasText: TAG });
    // The page draws an open way again with each update, so one look may find it half drawn.
    await until("the way goes through the three", async () => {
      const names = await pipeline.locator(".stage.here .lane-name").allInnerTexts();
      const commits = await pipeline.locator(".stage .commit a").count();
      const seen = `${names.join(", ") || "no environment"}, ${commits} commits`;
      return seen === "dev, staging, prod, 3 commits" ? { done: true } : { waitingFor: seen };
    });
  });

  it("was one page all the time, without a complaint", async () => {
    assert.ok(await board.isSamePage());
    assert.deepEqual(board.complaints, []);
  });
});
