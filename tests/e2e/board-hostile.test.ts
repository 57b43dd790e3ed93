/**
 * Hostile text in Git and on GitHub is shown as text on the sandbox's board. A service cannot have such a name, because
 * its namespace would have it too. A pull request that adds one is shown as an ordinary pull request.
 */
import assert from "node:assert/strict";
import { OpenBoard } from "./support/board";
import { healthy, typed } from "./support/versions";
import { as, fileOn, gitops, propose } from "./support/people";
import { runs } from "./support/platform";

const TAG = "sha-5020001";
const HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
/** The name of a file cannot contain a slash. */
const NAME = HOSTILE.replaceAll("/", "");

describe("hostile text on the board", () => {
  let board: OpenBoard;
  const pulls: number[] = [];
  before(async () => {
    board = await OpenBoard.open();
  });
  after(async () => {
    const { rest } = await as("developer");
    for (const pull_number of pulls) await rest.pulls.update({ ...gitops, pull_number, state: "closed" });
    await board.close();
  });

  /** Opens a pull request of one file into `main`, from a branch that the board follows. */
  async function open(title: string, path: string, text: string): Promise<number> {
    const branch = `promote/hostile-${pulls.length}`;
    const number = await propose({ by: "developer", base: "main", title, branch, files: { [path]: text } });
    pulls.push(number);
    return number;
  }

  it("is shown as text in a commit message", async () => {
    const began = new Date();
    await typed("developer", "bump", "api", "--tag", TAG);
    await runs("dev", TAG);
    await healthy("dev", TAG);
    await typed("developer", "rollback", "api", "--env", "dev", "--reason", HOSTILE);
    const { text } = await board.happened("rolled back", "dev", began);
    assert.ok(text.includes(HOSTILE), text);
  });

  it("is shown as text in a service's name", async () => {
    const values = await fileOn("main", "environments/dev/api.yaml");
    const number = await open(`Add ${NAME}`, `environments/dev/${NAME}.yaml`, values);
    const other = board.page
      .locator("#others li")
      .filter({ has: board.page.getByRole("link", { name: `#${number}` }) });
    await other.filter({ hasText: NAME }).waitFor();
    assert.deepEqual(await board.page.locator(".opener").allInnerTexts(), ["api"]);
  });

  it("is shown as text in a version", async () => {
    const values = await fileOn("main", "environments/staging/api.yaml");
    const hostile = values.replace(/tag: "[^"]*"/, `tag: ${JSON.stringify(HOSTILE)}`);
    const began = new Date();
    const number = await open("Try a version", "environments/staging/api.yaml", hostile);
    await board.transition("staging").locator(".image", { hasText: HOSTILE }).waitFor();
    await board.transition("staging").filter({ hasText: "a correction: validate failed" }).waitFor();
    const { text } = await board.happened("refused", "staging", began);
    assert.ok(text.includes(`#${number}: validate says`), text);
  });

  it("never becomes HTML of the page", async () => {
    assert.equal(await board.page.locator("img").count(), 0);
    assert.equal(await board.page.locator("body script").count(), 0);
    assert.equal(await board.page.title(), "vaarak/gitops: board");
    assert.ok(await board.isSamePage());
    assert.deepEqual(board.complaints, []);
  });
});
