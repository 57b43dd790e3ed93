/**
 * Every edit of a cluster without Git, by every kind of editor, in every environment, is refused, reverted, or reported
 * with its author. docs/drift.md has the table that this prints.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { comparePulumi } from "@gitops-platform/drift/compare";
import { describeFinding, type Finding } from "@gitops-platform/gitops/drift/finding";
import { type EnvironmentName, environmentNames } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";
import {
  deployment,
  edit,
  edition,
  findings,
  lastingPod,
  nothingIsLeft,
  undoAll,
  undoPlatform,
  useEditors,
} from "./support/drift";
import {
  DEBUG,
  DECLARED,
  type Edit,
  type Edition,
  type Editor,
  editors,
  FOREIGN,
  GUARD,
  isOf,
  type Outcome,
  PLATFORM,
  SCALE,
} from "./support/drift-edits";
import { cluster, paths, root } from "./support/platform";

/**
 * The maximum time until Argo CD heals an edit, in seconds. It takes less than one, except where a comparison fails,
 * for example because another program writes at the same moment: Argo CD repeats it after two minutes.
 */
const HEALED_WITHIN = 180;

/** The outcome of an edit, and how long it took if the test waited for it. */
interface Cell {
  readonly outcome: Outcome;
  readonly seconds?: number;
}

describe("an edit that bypasses Git", function () {
  this.timeout("20m");
  useEditors();
  const folder = mkdtempSync(join(tmpdir(), "drift-table-"));
  const table = new Map<string, Map<string, Cell>>();

  after(() => {
    rmSync(folder, { recursive: true });
    console.log(printed());
  });

  function enter({ what }: Edit, { environment, editor }: Edition, cell: Cell): void {
    const row = table.get(what) ?? new Map<string, Cell>();
    table.set(what, row.set(`${environment}, ${editor}`, cell));
  }

  /** Edits, and returns whether the edit should now be reported. */
  async function isToBeFound(each: Edit, by: Edition): Promise<boolean> {
    const about = `${by.environment}, ${by.editor}: ${each.what}`;
    const began = performance.now();
    const refusal = await edit(by, each);
    const isRefused = by.environment !== "dev" && each.refusedTo.includes(by.editor);
    assert.equal(refusal !== undefined, isRefused, `${about}: ${refusal ?? "let in"}`);
    if (isRefused) {
      enter(each, by, { outcome: "refused" });
      return false;
    }
    if (each.otherwise(by.environment) !== "reverted") return true;
    await until(
      `${about} is reverted`,
      async () => {
        const now = await cluster(by.environment).get(each.edited?.(by) ?? deployment);
        return each.isBack?.(now, by) ? { done: true } : { waitingFor: "it is as it was edited" };
      },
      { timeoutSeconds: HEALED_WITHIN },
    );
    enter(each, by, { outcome: "reverted", seconds: (performance.now() - began) / 1000 });
    return false;
  }

  /** Waits until all of these edits are reported, and undoes those that kubectl can undo. */
  async function reported(edits: readonly Edit[], by: Edition): Promise<void> {
    const { environment, editor } = by;
    const found = await until<Finding[]>(`what ${editor} edited in ${environment} is found`, async () => {
      const all = await findings(environment);
      const missing = edits.filter((each) => !all.some((finding) => isOf(finding, each, by))).map(({ what }) => what);
      const told = all.map(describeFinding).join(" | ");
      return missing.length === 0 ? { done: all } : { waitingFor: `${missing.join(", ")} in ${told}` };
    });
    for (const each of edits) enter(each, by, { outcome: "reported" });
    await undoAll(environment, found);
  }

  /** The result of the scheduled comparison: the workflow's program, with the local engine in place of the CLI. */
  async function compared(environment: EnvironmentName): Promise<string> {
    const { stackFile, stateFile } = paths.environments[environment];
    const file = join(folder, "pulumi");
    const run = `exec "${process.execPath}" -r ./scripts/register.js packages/engine/main.ts "$@"`;
    writeFileSync(file, `#!/bin/sh\ncd '${root}' && ${run} --config-file '${stackFile}' --state '${stateFile}'\n`);
    chmodSync(file, 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` };
    const { changes, problems } = await comparePulumi(environment, env);
    assert.deepEqual(problems, []);
    return changes.join("\n");
  }

  for (const environment of environmentNames) {
    describe(`in ${environment}`, () => {
      before(() => nothingIsLeft(environment));

      for (const editor of editors) {
        it(`by ${editor} is refused, reverted or reported`, async () => {
          for (const each of DECLARED) await isToBeFound(each, await edition(environment, editor));
          const scaling = await edition(environment, editor);
          if (await isToBeFound(SCALE, scaling)) await reported([SCALE], scaling);
          const by = await edition(environment, editor);
          const left: Edit[] = [];
          for (const each of FOREIGN) if (await isToBeFound(each, by)) left.push(each);
          const pod = await lastingPod(environment);
          if (await isToBeFound(DEBUG, { ...by, live: { ...by.live, pod } })) left.push(DEBUG);
          for (const each of PLATFORM) if (await isToBeFound(each, by)) left.push(each);
          if (left.length > 0) await reported(left, by);
        });
      }

      it("is undone by the commands in its findings", async () => {
        await undoPlatform(environment);
        await nothingIsLeft(environment);
        assert.equal(await compared(environment), "");
      });
    });
  }

  describe("to the guard itself", () => {
    for (const editor of editors) {
      it(`by ${editor} is found by the scheduled comparison`, async () => {
        const by = await edition("staging", editor);
        for (const each of GUARD) assert.equal(await edit(by, each), undefined);
        const said = await compared("staging");
        assert.match(said, /ValidatingAdmissionPolicy .*guard-argocd differs in spec\.failurePolicy$/m);
        assert.match(said, /ValidatingAdmissionPolicyBinding .*guard-argocd differs in spec\.validationActions/m);
        for (const each of GUARD) enter(each, by, { outcome: "compared" });
        await undoPlatform("staging");
        assert.equal(await compared("staging"), "");
      });
    }
  });

  // Mocha runs a suite's own tests before those of the suites in it.
  describe("in every row of the table", () => {
    const tried = [...DECLARED, SCALE, ...FOREIGN, DEBUG, ...PLATFORM];

    it("has an outcome in every environment and for every editor", () => {
      for (const { what } of tried) {
        for (const environment of environmentNames) {
          for (const editor of editors)
            assert.ok(cellOf(what, environment, editor), `${what}: ${environment}, ${editor}`);
        }
      }
    });

    it("has the outcome that docs/drift.md documents", () => {
      const lines = readFileSync(join(root, "docs/drift.md"), "utf8").split("\n");
      const rows = lines.map((line) => line.replaceAll(/ +/g, " "));
      for (const { what } of tried) assert.ok(rows.includes(rowOf(what)), rowOf(what));
    });
  });

  function cellOf(what: string, environment: EnvironmentName, editor: Editor): Cell | undefined {
    return table.get(what)?.get(`${environment}, ${editor}`);
  }

  /** A row of the documented table: the outcomes by editor if the guard denies, and the outcome if it does not. */
  function rowOf(what: string): string {
    const one = (cells: readonly (Cell | undefined)[]) =>
      [...new Set(cells.flatMap((cell) => cell?.outcome ?? []))].join(" or ") || "–";
    const denied = editors.map((editor) => one([cellOf(what, "staging", editor), cellOf(what, "prod", editor)]));
    const letIn = one(editors.map((editor) => cellOf(what, "dev", editor)));
    return `| ${[what, ...denied, letIn].join(" | ")} |`;
  }

  function printed(): string {
    const seconds = [...table.values()].flatMap((cells) => [...cells.values()].flatMap((cell) => cell.seconds ?? []));
    const longest = `${seconds.length} edits were reverted, each within ${Math.max(0, ...seconds).toFixed(1)} s.`;
    return [`| edit | ${editors.join(" | ")} | in dev |`, ...[...table.keys()].map(rowOf), "", longest].join("\n");
  }
});
