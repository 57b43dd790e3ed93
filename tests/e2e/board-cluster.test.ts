/** A cluster that cannot be reached, on the sandbox's board: the page reports it, and follows it again afterwards. */
import assert from "node:assert/strict";
import { OpenBoard } from "./support/board";
import { editLive } from "./support/platform";
import { pidOf } from "./support/processes";

describe("a stopped cluster on the board", () => {
  let board: OpenBoard;
  let stopped: number | undefined;
  before(async () => {
    board = await OpenBoard.open();
  });
  after(async () => {
    if (stopped !== undefined) process.kill(stopped, "SIGKILL");
    await board.close();
  });

  const source = () => board.page.locator(".source", { hasText: "cluster staging" });
  const lane = () => board.page.locator(".lane", { hasText: "staging" });

  it("is shown as out of reach, with the reason, and the others do not change", async () => {
    await board.cell("staging").and(board.page.locator(".healthy")).waitFor();
    stopped = pidOf("staging-kube-apiserver");
    process.kill(stopped, "SIGSTOP");
    await source().and(board.page.locator(".lost")).filter({ hasText: "out of reach" }).waitFor();
    await lane().locator(".lost-lane").waitFor();
    await board.cell("staging").filter({ hasText: "Out of reach" }).filter({ hasText: "no response" }).waitFor();
    for (const other of ["dev", "prod"]) await board.cell(other).and(board.page.locator(".healthy")).waitFor();
  });

  it("is followed again after a new API server started", async () => {
    assert.ok(stopped);
    // The supervisor starts a new one.
    process.kill(stopped, "SIGKILL");
    stopped = undefined;
    await board.cell("staging").and(board.page.locator(".healthy")).waitFor();
    await source().and(board.page.locator(".source:not(.lost)")).waitFor();
    await lane().locator(".lost-lane").waitFor({ state: "detached" });
    const edited = new Date();
    await editLive("staging", { spec: { revisionHistoryLimit: 9 } });
    await board.happened("healed", "staging", edited);
  });

  it("was shown without a reload or an error of the page", async () => {
    assert.ok(await board.isSamePage());
    assert.deepEqual(board.complaints, []);
  });
});
