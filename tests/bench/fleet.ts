import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { declarationText } from "@gitops-platform/contract/declaration-text";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { readStatus } from "@gitops-platform/sandbox/supervisor/status-file";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { credentials, github, mergePull, propose, updateClone, valuesFile } from "./changes";
import { merge, sinceRequest } from "./deliveries";
import { paths, startSandbox } from "./sandbox";
import { type Figure, type Part, repeated, timed } from "./measure";
import { markdown } from "./page";
import { loggedDuring, refreshed } from "./stages";
import { following } from "./watching";

const ROUNDS = 10;
const SIZES = [10, 1000];

/** The service that changes. */
const ONE = nameOf(5);

/**
 * A merge that changes one service of many, until dev runs it: with ten services, and with a thousand, each with its
 * project, namespace and Application by the catalogue, and no pods. And the merge that declares them.
 */
export async function fleet(): Promise<Part> {
  await startSandbox();
  const declared: Record<string, number[]> = {};
  const merged: Record<string, number[]> = {};
  const notes: string[][] = [];
  for (const size of SIZES) {
    await declare(size);
    declared[`${size}-services`] = [await timed(() => allHealthy(size))];
    const before = usage();
    const { times, applications } = await mergesOfOne();
    merged[`${size}-services`] = times;
    notes.push([String(size), applications.join(", "), ...difference(before, usage())]);
  }
  const labels = Object.fromEntries(SIZES.map((size) => [`${size}-services`, `${size} services`]));
  const figures: Record<string, Figure> = {
    "fleet-merge": {
      title: "A merge for one service, from its request until dev has it",
      labels,
      baseline: `${SIZES[0]}-services`,
      series: merged,
    },
    "fleet-declared": {
      title: "After the merge that declares the services, until all are Synced and Healthy",
      labels,
      series: declared,
    },
  };
  const head = ["services", "refreshed by these merges", ...PROCESSES.flatMap((name) => [`${name}: CPU`, "memory"])];
  return { figures, notes: markdown(head, notes) };
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

/** Merges for one service, and the Applications that Argo CD refreshed for them. */
async function mergesOfOne(): Promise<{ times: number[]; applications: string[] }> {
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", namespace: ONE, name: ONE };
  return loggedDuring(async (lines) => {
    const merges = await following(deployment, (watching) => repeated(ROUNDS, () => merge(watching, ONE)));
    return { times: merges.map(sinceRequest), applications: refreshed(lines) };
  });
}

const PROCESSES = ["argocd-application-controller", "argocd-repo-server", "kube-apiserver"];

/** CPU time in seconds and resident memory in MiB of dev's processes, in the order of {@link PROCESSES}. */
function usage(): { readonly cpu: number; readonly memory: number }[] {
  const running = readStatus(paths.supervisor)?.processes ?? [];
  return PROCESSES.map((name) => {
    const pid = running.find((each) => each.name === `dev-${name}`)?.pid;
    if (pid === undefined) throw new Error(`dev-${name} does not run.`);
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: utime and stime, in hundredths of a second
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    const memory = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(memory) / 1024 };
  });
}

function difference(before: ReturnType<typeof usage>, after: ReturnType<typeof usage>): string[] {
  return after.flatMap(({ cpu, memory }, index) => [
    `${((cpu - (before[index]?.cpu ?? 0)) / ROUNDS).toFixed(2)} s per merge`,
    `${Math.round(memory)} MiB`,
  ]);
}
