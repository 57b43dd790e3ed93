import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withLock } from "../lock";
import { requireSpace } from "./disk-space";
import { Go } from "./go";
import { argocdModule, loopbackArgocd } from "./loopback-source";
import { type BuildPlan, goBuildName, planBuild, programName } from "./plan";

/** The finished tools. */
export interface Tools {
  /**
   * Folder with actionlint, argocd, etcd, helm, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl,
   * kustomize, kwok, metrics-server, redis and git-verify-wrapper.sh.
   */
  bin: string;
  /** Folder with argocd/install.yaml, argocd/ha/install.yaml and kwok/*.yaml, from the same modules as the programs. */
  data: string;
}

/** The progress of a build. */
export interface BuildProgress {
  phase: "waiting" | "downloading" | "compiling";
  /** The current module or package; for `waiting`, what the build waits for. */
  program: string;
  /** Modules or packages begun, of at most `total`. Both are 0 while waiting. */
  done: number;
  total: number;
  elapsedSeconds: number;
}

/** Files of the KWOK module that the sandbox needs. */
const kwokFiles: Record<string, string> = {
  "node-initialize.yaml": "kustomize/stage/node/fast/node-initialize.yaml",
  "node-heartbeat-with-lease.yaml": "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
  "pod-ready.yaml": "kustomize/stage/pod/fast/pod-ready.yaml",
  "pod-complete.yaml": "kustomize/stage/pod/fast/pod-complete.yaml",
  "pod-delete.yaml": "kustomize/stage/pod/fast/pod-delete.yaml",
  "usage-from-annotation.yaml": "kustomize/metrics/usage/usage-from-annotation.yaml",
};

/** The configuration files of KWOK, in `<data>/kwok/`. */
export const kwokConfigFiles = Object.keys(kwokFiles);

/**
 * Builds the sandbox's tools if they are not built yet; otherwise takes no time and needs no Go. Downloads only Go
 * modules. An interrupted build resumes from Go's build cache.
 */
export async function ensureTools(
  onProgress: (progress: BuildProgress) => void = () => undefined,
  plan: BuildPlan = planBuild(),
): Promise<Tools> {
  await ensureBuilt(plan, onProgress, {
    async flags(go, work) {
      const source = await moduleFolder(go, argocdModule);
      return [await loopbackArgocd({ source, module: plan.module, work })];
    },
    finish: copyFiles,
  });
  return { bin: join(plan.folder, "bin"), data: join(plan.folder, "data") };
}

/** What a build does beside compiling the module's programs. */
export interface BuildSteps {
  /**
   * Gives more flags for `go build` and `go list`.
   * @param work a folder for files that the build reads, removed afterwards
   */
  flags?: (go: Go, work: string) => Promise<string[]>;
  /** Adds files to the folder that gets finished. */
  finish: (go: Go, folder: string) => Promise<void>;
}

/**
 * Builds a plan's programs into `<plan.folder>/bin` where they are not built yet; else takes no time and needs no Go.
 */
export async function ensureBuilt(
  plan: BuildPlan,
  onProgress: (progress: BuildProgress) => void,
  steps: BuildSteps,
): Promise<void> {
  if (existsSync(plan.folder)) return;
  await mkdir(dirname(plan.folder), { recursive: true });
  const { report, end } = repeated(onProgress);
  const waiting = () => {
    report({ phase: "waiting", program: "another build of the same tools", done: 0, total: 0 });
  };
  try {
    await withLock(plan.folder, waiting, async () => {
      if (!existsSync(plan.folder)) await build(plan, steps, report);
    });
  } finally {
    end();
  }
}

type Report = (progress: Omit<BuildProgress, "elapsedSeconds">) => void;

/** Repeats the latest progress every second with the elapsed time: linking a large program takes a minute. */
function repeated(onProgress: (progress: BuildProgress) => void): { report: Report; end: () => void } {
  const start = Date.now();
  let last: Parameters<Report>[0] | undefined;
  const notify = () => {
    if (last !== undefined) onProgress({ ...last, elapsedSeconds: (Date.now() - start) / 1000 });
  };
  const timer = setInterval(notify, 1000);
  const report: Report = (progress) => {
    last = progress;
    notify();
  };
  return {
    report,
    end: () => {
      clearInterval(timer);
    },
  };
}

async function build(plan: BuildPlan, steps: BuildSteps, report: Report): Promise<void> {
  const go = new Go(plan);
  await go.check();
  await removeUnfinished(plan.folder);
  const work = await mkdtemp(`${plan.folder}.building-`);
  try {
    await download(go, plan, report);
    const flags = [...plan.flags, ...((await steps.flags?.(go, join(work, "source"))) ?? [])];
    const total = await countStale(go, flags);
    await requireSpace(plan.folder, (await go.run(["env", "GOCACHE"])).trim(), total);
    await compile(go, { programs: plan.programs, flags, work, total }, report);
    await steps.finish(go, work);
    await Promise.all(["source", "tmp"].map((name) => rm(join(work, name), { recursive: true, force: true })));
    await chmod(work, 0o755);
    await rename(work, plan.folder);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

/** Removes the folders of killed builds. The caller must hold the lock. */
async function removeUnfinished(folder: string): Promise<void> {
  const left = (await readdir(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.building-`));
  await Promise.all(left.map((name) => rm(join(dirname(folder), name), { recursive: true, force: true })));
}

async function download(go: Go, plan: BuildPlan, report: Report): Promise<void> {
  let done = 0;
  report({ phase: "downloading", program: "checking what is missing", done, total: plan.modules });
  const onLine = (line: string) => {
    const module = /^go: downloading (\S+)/.exec(line)?.[1];
    if (module !== undefined) report({ phase: "downloading", program: module, done: ++done, total: plan.modules });
  };
  await go.run(["list", "-deps", "tool"], {}, onLine);
}

/** Counts the packages that are not in the build cache. */
async function countStale(go: Go, flags: string[]): Promise<number> {
  const stale = await go.run(["list", "-deps", ...flags, "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", "tool"]);
  return stale.split("\n").filter((line) => line !== "").length;
}

/** Arguments of {@link compile}. */
interface Compilation {
  programs: string[];
  flags: string[];
  /** The folder that receives `bin`, and `tmp` during the build. */
  work: string;
  /** Packages to compile. */
  total: number;
}

async function compile(go: Go, { programs, flags, work, total }: Compilation, report: Report): Promise<void> {
  const bin = join(work, "bin");
  const temporary = join(work, "tmp");
  await Promise.all([mkdir(bin), mkdir(temporary)]);
  let done = 0;
  report({ phase: "compiling", program: "starting", done, total });
  const onLine = (line: string) => {
    if (/^\S+$/.test(line)) report({ phase: "compiling", program: line, done: Math.min(++done, total), total });
  };
  // One command for all programs: shared packages are compiled once, and both cores stay busy while a program is
  // linked.
  await go.run(["build", "-v", ...flags, "-o", `${bin}/`, "tool"], { GOTMPDIR: temporary }, onLine);
  const renamed = programs.filter((path) => programName(path) !== goBuildName(path));
  await Promise.all(renamed.map((path) => rename(join(bin, goBuildName(path)), join(bin, programName(path)))));
}

async function copyFiles(go: Go, work: string): Promise<void> {
  const argocd = await moduleFolder(go, argocdModule);
  const kwok = await moduleFolder(go, "sigs.k8s.io/kwok");
  await mkdir(join(work, "data", "argocd", "ha"), { recursive: true });
  await mkdir(join(work, "data", "kwok"));
  for (const file of ["install.yaml", "ha/install.yaml"]) {
    await copy(join(argocd, "manifests", file), join(work, "data", "argocd", file), 0o644);
  }
  for (const [file, source] of Object.entries(kwokFiles)) {
    await copy(join(kwok, source), join(work, "data", "kwok", file), 0o644);
  }
  const wrapper = "git-verify-wrapper.sh";
  await copy(join(argocd, "hack", wrapper), join(work, "bin", wrapper), 0o755);
}

/** Where a module's files are in Go's module cache. */
export async function moduleFolder(go: Go, module: string): Promise<string> {
  return (await go.run(["list", "-m", "-f", "{{.Dir}}", module])).trim();
}

/** Files of the module cache are read-only and not executable. */
async function copy(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to);
  await chmod(to, mode);
}
