import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ProblemError, show } from "@gitops-platform/contract/problems";
import type { PinnedManifest } from "./release";

/** Where to look for a release's manifests if no path is configured. */
export interface ManifestSources {
  /** The program's own cache folder. A downloaded manifest is stored there. */
  readonly cache: string;
  /** Go's module cache: Argo CD's module contains its manifests. */
  readonly moduleCache: string;
  /** Downloads a file. Rejects with an error whose message is shown to the user. */
  readonly download: (url: string) => Promise<string>;
}

/** The sources on this machine. */
export function defaultSources(environment: NodeJS.ProcessEnv = process.env): ManifestSources {
  const go = environment.GOPATH ?? join(homedir(), "go");
  return {
    cache: join(environment.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gitops-platform"),
    moduleCache: environment.GOMODCACHE ?? join(go, "pkg", "mod"),
    download,
  };
}

/**
 * Reads a pinned manifest: from `path` if it is given, otherwise from the first source that has it. Returns only a file
 * with the pinned checksum.
 * @throws {ProblemError} if no source has it, or if the configured or downloaded file has another checksum.
 */
export async function readManifest(
  pinned: PinnedManifest,
  path: string | undefined,
  sources: ManifestSources,
): Promise<string> {
  if (path !== undefined) return readConfigured(pinned, path);
  const cached = join(sources.cache, `argocd-${pinned.version}`, pinned.file);
  const inModule = join(
    sources.moduleCache,
    `github.com/argoproj/argo-cd/v3@v${pinned.version}/manifests`,
    pinned.file,
  );
  for (const file of [cached, inModule].filter((file) => existsSync(file))) {
    const text = readFileSync(file, "utf8");
    if (sha256(text) === pinned.sha256) return text;
  }
  const text = await downloadPinned(pinned, sources);
  store(cached, text);
  return text;
}

function readConfigured(pinned: PinnedManifest, path: string): string {
  if (!existsSync(path)) {
    const fix = "Set the path of the release's manifest, or remove argocd.manifest to have it found or downloaded.";
    throw new ProblemError({ key: "argocd.manifest", got: show(path), expected: "a file that exists", fix });
  }
  const text = readFileSync(path, "utf8");
  if (sha256(text) !== pinned.sha256) throw mismatch(pinned, show(path), sha256(text));
  return text;
}

async function downloadPinned(pinned: PinnedManifest, sources: ManifestSources): Promise<string> {
  const url = `https://raw.githubusercontent.com/argoproj/argo-cd/v${pinned.version}/manifests/${pinned.file}`;
  let text: string;
  try {
    text = await sources.download(url);
  } catch (error) {
    throw new ProblemError({
      key: "argocd.manifest",
      got: `nothing, and downloading ${url} failed (${(error as Error).message})`,
      expected: `${pinned.file} of Argo CD ${pinned.version}`,
      fix: "Download that file on a machine that can reach the URL, and set argocd.manifest to its path.",
    });
  }
  if (sha256(text) !== pinned.sha256) throw mismatch(pinned, url, sha256(text));
  return text;
}

function mismatch(pinned: PinnedManifest, source: string, checksum: string): ProblemError {
  return new ProblemError({
    key: "argocd.manifest",
    got: `${source} with SHA-256 ${checksum}`,
    expected: `${pinned.file} of Argo CD ${pinned.version}, SHA-256 ${pinned.sha256}`,
    fix: "Use the unchanged file of that release. With argocd.highAvailability: true it is ha/install.yaml.",
  });
}

function store(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  // Another run may read the cache at the same time, so the complete file must appear atomically.
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, text);
  renameSync(partial, file);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}
