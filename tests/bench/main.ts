/**
 * `npm run bench`: how long things take, each beside its rivals in the same run, on a sandbox of its own
 * (`.sandbox-bench`) and an otherwise idle machine. `npm run bench -- heals rivals` runs only those parts.
 *
 * Prints Markdown on stdout, or with `--json` the figures: `{ figure: { series: { p50, p95, max, n } } }` in
 * milliseconds. `--write` also writes docs/performance.md, docs/performance.json and the plot, and keeps in them the
 * parts that did not run.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bootstrap } from "./bootstrap";
import { commands } from "./commands";
import { deliveries } from "./deliveries";
import { evaluations } from "./evaluations";
import { fleet } from "./fleet";
import { guarded } from "./guarded";
import { heals } from "./heals";
import { histories } from "./histories";
import type { Part } from "./measure";
import { page, partText } from "./page";
import { plot } from "./plot";
import { figuresOnly, type Measurements, recorded, type RecordedPart } from "./record";
import { rivals } from "./rivals";
import { forgetSandbox, stopSandbox } from "./sandbox";

/** All parts after `bootstrap` use the sandbox that it leaves, or start one. */
const PARTS: Readonly<Record<string, () => Promise<Part>>> = {
  ...{ evaluations, histories, bootstrap, commands, deliveries, heals, guarded, rivals, fleet },
};

const DOCS = resolve(__dirname, "../../docs");
const RECORD = join(DOCS, "performance.json");

async function main(): Promise<void> {
  const options = { json: { type: "boolean" }, write: { type: "boolean" } } as const;
  const { values, positionals: wanted } = parseArgs({ options, allowPositionals: true });
  const unknown = wanted.filter((name) => !(name in PARTS));
  if (unknown.length > 0) {
    throw new Error(`bench: got ${unknown.join(", ")}; expected some of ${Object.keys(PARTS).join(", ")}, or none.`);
  }
  const measured: RecordedPart[] = [];
  // What an interrupted run left would be measured.
  await forgetSandbox();
  try {
    for (const [name, bench] of Object.entries(PARTS)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      process.stderr.write(`${name} …\n`);
      const part = recorded(await bench());
      measured.push(part);
      if (values.json !== true) process.stdout.write(`\n## ${name}\n\n${partText(name, part)}\n`);
      if (values.write === true) write(name, part);
    }
  } finally {
    await stopSandbox();
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify(figuresOnly(measured), undefined, 2)}\n`);
}

function write(name: string, part: RecordedPart): void {
  const before = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, "utf8")) as Measurements) : {};
  const all = { ...before, [name]: part };
  const sorted = Object.fromEntries(Object.keys(PARTS).flatMap((each) => (all[each] ? [[each, all[each]]] : [])));
  writeFileSync(RECORD, `${JSON.stringify(sorted, undefined, 2)}\n`);
  writeFileSync(join(DOCS, "performance.md"), page(sorted));
  writeFileSync(join(DOCS, "pictures/performance.svg"), plot(sorted));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
