import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Argument, Command } from "commander";
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

interface Options {
  readonly json?: boolean;
  readonly write?: boolean;
}

/** The command line of `npm run bench`. */
export function commandLine(): Command {
  return new Command("bench")
    .description(
      "Measures how long things take, each beside its rivals in the same run, on a sandbox of its own " +
        "(.sandbox-bench) and an otherwise idle machine. Prints Markdown.",
    )
    .addArgument(new Argument("[parts...]", "what to measure (default: all)").choices(Object.keys(PARTS)))
    .option("--json", "print { figure: { series: { p50, p95, max, n } } }, in milliseconds")
    .option("--write", "also write docs/performance.md, its record and its picture; other parts stay in them")
    .action(run);
}

async function run(wanted: readonly string[], { json = false, write = false }: Options): Promise<void> {
  const measured: RecordedPart[] = [];
  // What an interrupted run left would be measured.
  await forgetSandbox();
  try {
    for (const [name, bench] of Object.entries(PARTS)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      process.stderr.write(`${name} …\n`);
      const part = recorded(await bench());
      measured.push(part);
      if (!json) process.stdout.write(`\n## ${name}\n\n${partText(name, part)}\n`);
      if (write) writeDocuments(name, part);
    }
  } finally {
    await stopSandbox();
  }
  if (json) process.stdout.write(`${JSON.stringify(figuresOnly(measured), undefined, 2)}\n`);
}

function writeDocuments(name: string, part: RecordedPart): void {
  const before = existsSync(RECORD) ? (JSON.parse(readFileSync(RECORD, "utf8")) as Measurements) : {};
  const all = { ...before, [name]: part };
  const sorted = Object.fromEntries(Object.keys(PARTS).flatMap((each) => (all[each] ? [[each, all[each]]] : [])));
  writeFileSync(RECORD, `${JSON.stringify(sorted, undefined, 2)}\n`);
  writeFileSync(join(DOCS, "performance.md"), page(sorted));
  writeFileSync(join(DOCS, "pictures/performance.svg"), plot(sorted));
}
