/**
 * `npm run bench`: how long things take, each beside its rivals in the same run, on a sandbox of its own
 * (`.sandbox-bench`) and an otherwise idle machine. Prints Markdown on stdout. `npm run bench -- heals rivals` runs
 * only those.
 */
import { bootstrap } from "./bootstrap";
import { deliveries } from "./deliveries";
import { evaluations } from "./evaluations";
import { fleet } from "./fleet";
import { guarded } from "./guarded";
import { heals } from "./heals";
import { histories } from "./histories";
import { rivals } from "./rivals";
import { forgetSandbox, stopSandbox } from "./sandbox";

/** Each prints its own tables. All after `bootstrap` use the sandbox that it leaves, or start one. */
const BENCHES = { evaluations, histories, bootstrap, deliveries, heals, guarded, rivals, fleet };

async function main(wanted: string[]): Promise<void> {
  const unknown = wanted.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    throw new Error(`bench: got ${unknown.join(", ")}; expected some of ${Object.keys(BENCHES).join(", ")}, or none.`);
  }
  // What an interrupted run left would be measured.
  await forgetSandbox();
  try {
    for (const [name, bench] of Object.entries(BENCHES)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      process.stderr.write(`${name} …\n`);
      process.stdout.write(`\n## ${name}\n\n${await bench()}\n`);
    }
  } finally {
    await stopSandbox();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
