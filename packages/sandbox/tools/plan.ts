import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { arch, homedir, platform } from "node:os";
import { join } from "node:path";
import { loopbackEdits } from "./loopback-source";

/** What to build, with which Go, and where to store it. All of it follows from a go.mod. */
export interface BuildPlan {
  /** The Go module's folder. */
  module: string;
  /** The toolchain's name, such as `go1.27.1`, from the go line of go.mod. */
  toolchain: string;
  /** Import paths of the programs, from the tool lines of go.mod. */
  programs: string[];
  /** The maximum number of modules that a download fetches: the number of modules in go.sum. */
  modules: number;
  /** Flags of `go build` and `go list`. */
  flags: string[];
  /** GOOS and GOARCH. */
  target: { os: string; arch: string };
  /** The folder of the finished tools. Its name contains a hash of everything that the programs are built from. */
  folder: string;
}

/** Folders that the plan depends on. */
export interface PlanOptions {
  /** Default: this folder. */
  module?: string;
  /** The user's cache folder. Default: $XDG_CACHE_HOME, or ~/.cache. */
  cache?: string;
}

/** Programs whose import path ends in a generic name: `go build` would call them cmd and server. */
const names: Record<string, string> = {
  "github.com/argoproj/argo-cd/v3/cmd": "argocd",
  "go.etcd.io/etcd/server/v3": "etcd",
};

const goArchitectures: Partial<Record<string, string>> = { x64: "amd64", ia32: "386" };
const goSystems: Partial<Record<string, string>> = { win32: "windows" };

/** Reads go.mod and determines what to build into which folder. Starts no process. */
export function planBuild(options: PlanOptions = {}): BuildPlan {
  const module = options.module ?? __dirname;
  return planModule({
    module,
    cache: options.cache,
    name: "tools",
    linkerFlags: kubernetesVersion(requiredVersion(read(module, "go.mod"), "k8s.io/kubernetes")),
    madeFrom: [read(module, "redis/main.go"), layout, loopbackEdits],
  });
}

/** One Go module whose tools are built together. */
export interface ModuleArgs {
  /** The module's folder. */
  module: string;
  /** What the finished folder's name begins with. */
  name: string;
  linkerFlags: readonly string[];
  /** What the programs are made from besides go.mod and go.sum. A change of it rebuilds them. */
  madeFrom: readonly unknown[];
  /** Default: {@link PlanOptions.cache}. */
  cache?: string | undefined;
}

/** Decides what to build of a module, and into which folder. Starts nothing. */
export function planModule({ module, name, linkerFlags, madeFrom, cache = userCache() }: ModuleArgs): BuildPlan {
  const [goMod, goSum] = [read(module, "go.mod"), read(module, "go.sum")];
  const toolchain = `go${firstMatch(goMod, /^go (\S+)$/m, "go")}`;
  const flags = ["-trimpath", "-ldflags", ["-s", "-w", ...linkerFlags].join(" ")];
  const target = { os: goSystems[platform()] ?? platform(), arch: goArchitectures[arch()] ?? arch() };
  const key = createHash("sha256")
    .update(JSON.stringify([goMod, goSum, flags, target, ...madeFrom]))
    .digest("hex")
    .slice(0, 16);
  const folder = join(cache, "gitops-platform", `${name}-${key}`);
  const modules = goSum.split("\n").filter((line) => line !== "" && !line.includes("/go.mod ")).length;
  return { module, toolchain, programs: toolPackages(goMod), modules, flags, target, folder };
}

/** Version of the file layout in the finished folder. Increase it when build.ts moves files. */
const layout = 1;

/** A program's file name. */
export function programName(importPath: string): string {
  return names[importPath] ?? goBuildName(importPath);
}

/** The name that `go build` gives a program: the path's last element that is not a major version. */
export function goBuildName(importPath: string): string {
  return importPath.replace(/\/v\d+$/, "").replace(/^.*\//, "");
}

/** The version of a module that go.mod requires, such as `v1.37.2`. */
export function requiredVersion(goMod: string, module: string): string {
  const name = module.replaceAll(".", "\\.");
  return firstMatch(goMod, new RegExp(`^(?:require )?\\s*${name} (v\\S+)`, "m"), `require ${module}`);
}

function toolPackages(goMod: string): string[] {
  const block = firstMatch(goMod, /^tool (\(\n[^)]*\)|\S+$)/m, "tool ( … )");
  return block.match(/[^\s()]+/g) ?? [];
}

/** Without these flags, Kubernetes' programs report v0.0.0; clients and Argo CD's manifests depend on the version. */
function kubernetesVersion(kubernetes: string): string[] {
  const [major = "", minor = ""] = kubernetes.slice(1).split(".");
  const set = (name: string, value: string) => `-X k8s.io/component-base/version.${name}=${value}`;
  return [set("gitVersion", kubernetes), set("gitMajor", major), set("gitMinor", minor)];
}

function read(module: string, file: string): string {
  return readFileSync(join(module, file), "utf8");
}

function userCache(): string {
  // The XDG Base Directory Specification requires that an empty or relative value is ignored.
  const xdg = process.env.XDG_CACHE_HOME;
  return xdg?.startsWith("/") === true ? xdg : join(homedir(), ".cache");
}

function firstMatch(text: string, pattern: RegExp, what: string): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined)
    throw new Error(`packages/sandbox/tools/go.mod: no line "${what}". Restore the file from Git.`);
  return found;
}
