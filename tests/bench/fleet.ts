import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { declarationText } from "@gitops-platform/contract/declaration-text";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
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
 * project, namespace and Application by the catalogue, and no pods. And the merge that declares them.
 */
export async function fleet(): Promise<string> {
  await startSandbox();
  const rows: Series[] = [];
  let few: number[] | undefined;
  for (const size of SIZES) {
    await declare(size);
    const synced = await timed(() => allHealthy(size));
    const times = await mergesOfOne();
    few ??= times;
    rows.push(
      {
        what: `${size} services: after the merge that declares them, until all are Synced and Healthy`,
        times: [synced],
      },
      { what: `${size} services: merge for one → live, beside that with ${SIZES[0]}`, times, beside: few },
    );
  }
  return table(rows);
}

function nameOf(index: number): string {
  return `fleet-${String(index).padStart(4, "0")}`;
}

/** Declares so many services for dev, with their values, by a pull request. */
async function declare(size: number): Promise<void> {
  const { developer, engineer } = credentials().people;
  await updateClone();
  const api = readFileSync(join(paths.clone, valuesFile("api")), "utf8");
  const declaration = declarationText({ team: "platform", groups: [], environments: ["dev"] });
  for (let index = 0; index < size; index++) {
    const name = nameOf(index);
    // Pods are the scheduler's load, not the platform's.
    writeFileSync(join(paths.clone, valuesFile(name)), api.replace(/replicaCount: .*/, "replicaCount: 0"));
    writeFileSync(join(paths.clone, declarationPath(name)), declaration);
  }
  await execa(process.execPath, [join(paths.clone, GITOPS_PATH), "service", "render"], { cwd: paths.clone });
  const as = await github(developer);
  await mergePull(as, await propose(as, `fleet-${size}`, await github(engineer)));
  await updateClone();
}

/** Waits until dev has Applications for so many services, besides its others, and all are as Git says. */
async function allHealthy(size: number): Promise<void> {
  const tell = (missing: string) => process.stderr.write(`  not yet: ${missing.split("; ").length}\n`);
  const pace = { timeoutSeconds: 3600, everyMilliseconds: 1000 };
  for (let healthy = 0; healthy < size;) healthy = await applicationsHealthy(paths, "dev", tell, pace);
}

async function mergesOfOne(): Promise<number[]> {
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: ONE, name: ONE };
  const merges = await following(deployment, (watching) => repeated(ROUNDS, () => merge(watching, ONE)));
  return merges.map(({ asked }) => asked);
}
