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
import { type Figure, type Part, timed } from "./measure";
import { markdown } from "./page";

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
const WORK: Readonly<Record<string, { readonly what: string; readonly work: (target: Target) => Promise<Took> }>> = {
  "history-everything": { what: "Everything that commands read, with all files", work: plainFetch },
  "history-clone": {
    what: "The clone of a command",
    work: (target) => inClone(target, () => Promise.resolve()),
  },
  "history-platform-check": {
    what: "The clone of `gitops platform --check`",
    work: (target) => inClone(target, () => Promise.resolve(), { onlyTips: true }),
  },
  "history-status": {
    what: "`gitops status`, its part in Git",
    work: (target) => inClone(target, (clone) => readGitStatus(clone, ENVIRONMENTS)),
  },
  "history-of-service": {
    what: "`gitops history service-1`",
    work: (target) => inClone(target, (clone) => readHistory(clone, { ...all, service: "service-1" })),
  },
  "history-of-all": {
    what: "`gitops history`",
    work: (target) => inClone(target, (clone) => readHistory(clone, all)),
  },
};

/** A repository with 50,000 commits and 2,000 branches beside one with 100 commits. */
export async function histories(): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "bench-histories-"));
  try {
    const [short, long] = [SHORT, LONG].map((length, index) => repository(folder, `history-${index}`, length));
    const figures: Record<string, Figure> = {};
    const fetched: string[][] = [];
    for (const [name, { what, work }] of Object.entries(WORK)) {
      if (!short || !long) break;
      const [one, other] = [await work(short), await work(long)];
      const labels = { ours: `${LONG.commits} commits`, floor: `${SHORT.commits} commits` };
      figures[name] = { title: what, labels, series: { ours: [other.time], floor: [one.time] } };
      fetched.push([what, size(one.bytes), size(other.bytes)]);
    }
    const head = ["fetched", `${SHORT.commits} commits`, `${LONG.commits} commits`];
    return { figures, notes: markdown(head, fetched) };
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
