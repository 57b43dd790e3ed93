/**
 * The edits of drift-table.test.ts without the guard: each is reported in three places, with its author, until undone.
 */
import assert from "node:assert/strict";
import type { Board } from "@gitops-platform/gitops/board/model/board";
import { describeFinding, type Finding } from "@gitops-platform/gitops/drift/finding";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { boardUrl } from "@gitops-platform/sandbox/stack-files";
import { until } from "@gitops-platform/clients/until";
import { alerts } from "./support/alerts";
import { edit, edition, findings, nothingIsLeft, undoAll, undoPlatform, useEditors } from "./support/drift";
import { FOREIGN, isOf, PLATFORM } from "./support/drift-edits";
import { paths, reconfigure } from "./support/platform";

/** Those that Argo CD does not revert. */
const EDITS = [...FOREIGN, ...PLATFORM].filter(({ otherwise }) => otherwise("dev") === "reported");

describe("an edit without the guard", function () {
  this.timeout("20m");
  useEditors();
  let restore = () => Promise.resolve();
  before(async () => {
    restore = await reconfigure("dev", (config) => {
      config["gitops-platform:guard"] = { mode: "off" };
    });
    await nothingIsLeft("dev");
  });
  after(() => restore());

  async function board(): Promise<Board> {
    const response = await fetch(`${boardUrl(await rememberedPorts(paths))}board.json`);
    return (await response.json()) as Board;
  }
  const shownBy = ({ lanes, rows }: Board): Finding[] => [
    ...lanes.filter(({ name }) => name === "dev").flatMap((lane) => lane.findings),
    ...rows.flatMap(({ cells }) => cells.filter((cell) => cell.environment === "dev").flatMap((cell) => cell.findings)),
  ];
  /** The description without the time, which changes if the same person edits again. */
  const told = (finding: Finding) => describeFinding({ ...finding, at: null });

  it("is reported with its author by gitops status, the board and an alert, until it is undone", async () => {
    const by = await edition("dev", "person");
    const heard = alerts().length;
    for (const each of EDITS) assert.equal(await edit(by, each), undefined, each.what);
    const edited = Date.now();

    const shown = await until<Finding[]>("the board shows them", async () => {
      const all = shownBy(await board());
      const missing = EDITS.filter((each) => !all.some((finding) => isOf(finding, each, by))).map(({ what }) => what);
      return missing.length === 0 ? { done: all } : { waitingFor: missing.join(", ") };
    });
    console.log(`      the board shows ${EDITS.length} edits ${(Date.now() - edited) / 1000} s after the last one`);
    await until("each is alerted", () => {
      const texts = alerts()
        .slice(heard)
        .flatMap(({ from, message: { event, text } }) =>
          from === "board" && event === "undeclared-change" ? [String(text)] : [],
        );
      const missing = shown.map(told).filter((each) => !texts.some((text) => text.includes(each)));
      return Promise.resolve(missing.length === 0 ? { done: true } : { waitingFor: missing.join(" | ") });
    });
    const found = await findings("dev");
    for (const each of EDITS)
      assert.ok(
        found.some((finding) => isOf(finding, each, by)),
        each.what,
      );

    const undoing = Date.now();
    await undoAll("dev", found);
    await undoPlatform("dev");
    await nothingIsLeft("dev");
    await until("the board no longer shows them", async () => {
      const now = await board();
      const gone = now.events.filter(({ kind, at }) => kind === "undone" && Date.parse(at) >= undoing);
      const untold = shown.map(told).filter((each) => !gone.some(({ text }) => text.includes(each)));
      const left = [...shownBy(now).map(told), ...untold];
      return left.length === 0 ? { done: true } : { waitingFor: left.join(" | ") };
    });
  });
});
