/**
 * A cluster that cannot be reached, on the sandbox's own board: the page says so, keeps the others, and follows again
 * when it is back.
 */
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

  it("is out of reach, with the reason, and the others are as they were", async () => {
    await board.cell("staging").and(board.page.locator(".healthy")).waitFor();
    stopped = pidOf("staging-kube-apiserver");
    process.kill(stopped, "SIGSTOP");
    await source().and(board.page.locator(".lost")).filter({ hasText: "out of reach" }).waitFor();
    await lane().locator(".lost-lane").waitFor();
    await board.cell("staging").filter({ hasText: "Out of reach" }).filter({ hasText: "no response" }).waitFor();
    for (const other of ["dev", "prod"]) await board.cell(other).and(board.page.locator(".healthy")).waitFor();
  });

  it("comes back with a new API server, and is followed again", async () => {
    assert.ok(stopped);
    // The supervisor starts another one.
    process.kill(stopped, "SIGKILL");
    stopped = undefined;
    await board.cell("staging").and(board.page.locator(".healthy")).waitFor();
    await source().and(board.page.locator(".source:not(.lost)")).waitFor();
    await lane().locator(".lost-lane").waitFor({ state: "detached" });
    const edited = new Date();
    await editLive("staging", { spec: { revisionHistoryLimit: 9 } });
    await board.happened("healed", "staging", edited);
  });

  it("was one page all the time, without a complaint", async () => {
    assert.ok(await board.isSamePage());
    assert.deepEqual(board.complaints, []);
  });
});
