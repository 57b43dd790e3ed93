/** A version from its bump to production, on the sandbox's board, in a page that stays open. */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { OpenBoard } from "./support/board";
import { healthy, typed } from "./support/versions";
import { openBump, openRelease, start } from "./support/people";
import { apiImage } from "./support/platform";

const TAG = "sha-5010001";

describe("a version on the board", () => {
  let board: OpenBoard;
  let earlier = "";
  const began = new Date();
  before(async () => {
    earlier = (await apiImage("prod")).replace(/^.*:/, "");
    board = await OpenBoard.open();
  });
  after(() => board.close());

  it("is shown as a pending bump, and then in dev", async () => {
    const bumping = start("developer", "bump", "api", "--tag", TAG);
    const number = await openBump();
    // This account also merges bumps. Pausing its process keeps the bump pending for as long as necessary.
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

  it("is shown as not yet promoted to staging, and then in staging", async () => {
    await board.transition("staging").filter({ hasText: TAG }).filter({ hasText: "not promoted" }).waitFor();
    await healthy("dev", TAG);
    await typed("developer", "promote", "api", "--from", "dev", "--to", "staging");
    await board.lands("staging", TAG);
    await board.transition("staging").and(board.page.locator(".in-step")).waitFor();
  });

  it("is shown as waiting for production, with its reviewers", async () => {
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

  it("is shown in production after an owner approved, with the approver", async () => {
    await typed("approver", "approve", "api");
    await board.lands("prod", TAG);
    await board.cell("prod").filter({ hasText: "approved by @approver" }).waitFor();
    await board.row().locator(".flag.waiting").waitFor({ state: "detached" });
    const { text } = await board.happened("promoted", "prod", began);
    assert.ok(text.includes(`${earlier} → ${TAG}; approved by @approver`), text);
  });

  it("is shown in all three environments, with the commit of each step", async () => {
    await board.row().locator(".opener").click();
    const pipeline = board.row().locator(".pipeline", { hasText: TAG });
    // The page redraws this part with each update, so a single look may find it incomplete.
    await until("the version is shown in all three", async () => {
      const names = await pipeline.locator(".stage.here .lane-name").allInnerTexts();
      const commits = await pipeline.locator(".stage .commit a").count();
      const seen = `${names.join(", ") || "no environment"}, ${commits} commits`;
      return seen === "dev, staging, prod, 3 commits" ? { done: true } : { waitingFor: seen };
    });
  });

  it("was shown without a reload or an error of the page", async () => {
    assert.ok(await board.isSamePage());
    assert.deepEqual(board.complaints, []);
  });
});
