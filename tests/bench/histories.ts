import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { Clone, type CloneOptions } from "@gitops-platform/gitops/git/clone";
import { isolated } from "@gitops-platform/clients/git/environment";
import { FETCHED } from "@gitops-platform/gitops/git/refs";
import { readHistory } from "@gitops-platform/gitops/history/history";
import { readGitStatus } from "@gitops-platform/gitops/status/declared";
import type { Target } from "@gitops-platform/gitops/target";
import { type Length, longHistory } from "./long-history";
import { markdown, seconds, timed } from "./table";

const SHORT: Length = { commits: 100, branches: 10, services: 20 };
const LONG: Length = { commits: 50_000, branches: 2000, services: 20 };

/** What some work took, and what it fetched. */
interface Took {
  readonly time: number;
  readonly bytes: number;
}

const ENVIRONMENTS = environmentNames;
const all = { service: undefined, environments: ENVIRONMENTS, since: undefined };

/** What a command fetches and reads, as it would run. No API, no network: what differs is Git. */
const WORK: Readonly<Record<string, (target: Target) => Promise<Took>>> = {
  "all files of all that commands read": (target) => plainFetch(target),
  "the clone of a command": (target) => inClone(target, () => Promise.resolve()),
  "the clone of `gitops platform --check`": (target) => inClone(target, () => Promise.resolve(), { onlyTips: true }),
  "`gitops status`, of Git": (target) => inClone(target, (clone) => readGitStatus(clone, ENVIRONMENTS)),
  "`gitops history service-1`": (target) =>
    inClone(target, (clone) => readHistory(clone, { ...all, service: "service-1" })),
  "`gitops history`": (target) => inClone(target, (clone) => readHistory(clone, all)),
};

/** A repository with 50,000 commits and 2,000 branches beside one with 100 commits. */
export async function histories(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "bench-histories-"));
  try {
    const [short, long] = [SHORT, LONG].map((length, index) => repository(folder, `history-${index}`, length));
    const rows: string[][] = [];
    for (const [what, work] of Object.entries(WORK)) {
      if (!short || !long) break;
      const [one, other] = [await work(short), await work(long)];
      const ratio = `${(other.time / one.time).toFixed(1)}×`;
      rows.push([what, seconds(one.time), size(one.bytes), seconds(other.time), size(other.bytes), ratio]);
    }
    const [few, many] = [SHORT, LONG].map(({ commits }) => `${commits.toLocaleString("en")} commits`);
    return markdown(["what", few ?? "", "fetched", many ?? "", "fetched", "time, ratio"], rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the repository that a target is. */
function repository(folder: string, name: string, length: Length): Target {
  const remote = join(folder, "bench", `${name}.git`);
  const git = (args: string[], input?: string) =>
    execFileSync("git", args, { env: isolated(), ...(input !== undefined && { input }) });
  git(["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  git(["-C", remote, "config", "uploadpack.allowFilter", "true"]);
  git(["-C", remote, "fast-import", "--quiet"], longHistory(length));
  return { owner: "bench", name, server: `file://${folder}`, api: "", token: "none" };
}

async function inClone(target: Target, use: (clone: Clone) => Promise<unknown>, options?: CloneOptions): Promise<Took> {
  let bytes = 0;
  const work = async (clone: Clone) => {
    await use(clone);
    bytes = packed(clone.folder);
  };
  return { time: await timed(() => Clone.with(target, work, options)), bytes };
}

/** Without leaving anything out. */
async function plainFetch({ server, owner, name }: Target): Promise<Took> {
  const folder = mkdtempSync(join(tmpdir(), "bench-clone-"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, env: isolated() });
  try {
    git("init", "--quiet", "--bare", ".");
    const address = `${server}/${owner}/${name}.git`;
    const time = await timed(() => Promise.resolve(git("fetch", "--quiet", "--no-tags", address, ...FETCHED)));
    return { time, bytes: packed(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The bytes of the packs that came. */
function packed(folder: string): number {
  const packs = join(folder, "objects", "pack");
  const names = readdirSync(packs).filter((name) => name.endsWith(".pack"));
  return names.reduce((sum, name) => sum + statSync(join(packs, name)).size, 0);
}

function size(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
