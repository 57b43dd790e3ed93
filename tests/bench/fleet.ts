import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { chooseEngine } from "@gitops-platform/sandbox/stack-engine";
import { credentials, github, mergePull, propose, updateClone, valuesFile } from "./changes";
import { merge } from "./deliveries";
import { paths, startSandbox } from "./sandbox";
import { repeated, type Series, table, timed } from "./table";
import { following } from "./watching";

const ROUNDS = 10;
const SIZES = [10, 1000];

/** The service that changes. */
const ONE = nameOf(5);

/**
 * A merge that changes one service of many, until dev runs it: with ten services, and with a thousand, each with its
 * project, namespace and Application by the program, and no pods. And that `up` of them.
 */
export async function fleet(): Promise<string> {
  await startSandbox();
  const rows: Series[] = [];
  let few: number[] | undefined;
  for (const size of SIZES) {
    await writeValues(size);
    const up = await timed(() => upWith(size));
    const synced = await timed(allHealthy);
    const times = await mergesOfOne();
    few ??= times;
    rows.push(
      { what: `${size} services: \`up\` of those that are new in dev`, times: [up] },
      { what: `${size} services: after it, until all are Synced and Healthy`, times: [synced] },
      { what: `${size} services: merge for one → live, beside that with ${SIZES[0]}`, times, beside: few },
    );
  }
  return table(rows);
}

function nameOf(index: number): string {
  return `fleet-${String(index).padStart(4, "0")}`;
}

/** Lets the repository have each service's values, by a pull request. */
async function writeValues(size: number): Promise<void> {
  const developer = await github(credentials().people.developer);
  await updateClone();
  const api = readFileSync(join(paths.clone, valuesFile("api")), "utf8");
  for (let index = 0; index < size; index++) {
    // Pods are the scheduler's load, not the platform's.
    writeFileSync(join(paths.clone, valuesFile(nameOf(index))), api.replace(/replicaCount: .*/, "replicaCount: 0"));
  }
  await mergePull(developer, await propose(developer, `fleet-${size}`));
  await updateClone();
}

/** Makes dev's stack with so many services. */
async function upWith(size: number): Promise<void> {
  const { stackFile } = paths.environments.dev;
  const stack = parse(readFileSync(stackFile, "utf8")) as { config: Record<string, unknown> };
  const services = ["api", ...Array.from({ length: size }, (_, index) => nameOf(index))];
  stack.config["gitops-platform:services"] = services.map((name) => ({ name }));
  writeFileSync(stackFile, stringify(stack), { mode: 0o600 });
  const engine = await chooseEngine(paths, credentials(), "local");
  await engine.up("dev", () => undefined);
}

function allHealthy(): Promise<number> {
  const tell = (missing: string) => process.stderr.write(`  not yet: ${missing.split("; ").length}\n`);
  return applicationsHealthy(paths, "dev", tell, { timeoutSeconds: 3600, everyMilliseconds: 1000 });
}

async function mergesOfOne(): Promise<number[]> {
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: ONE, name: ONE };
  const merges = await following(deployment, (watching) => repeated(ROUNDS, () => merge(watching, ONE)));
  return merges.map(({ asked }) => asked);
}
