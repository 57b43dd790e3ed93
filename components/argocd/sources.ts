import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ProblemError, show } from "../../environments/problems";
import { ARGOCD_VERSION, type PinnedManifest } from "./release";

/** The places where a release's manifests may be, apart from a path that somebody names. */
export interface Places {
  /** A folder of this program's own, written after a download. */
  readonly cache: string;
  /** Go's module cache: Argo CD's module carries its manifests. */
  readonly moduleCache: string;
  /** Fetches a text; rejects with a reason a person understands. */
  readonly download: (url: string) => Promise<string>;
}

/** The places on this machine. */
export function defaultPlaces(environment: NodeJS.ProcessEnv = process.env): Places {
  const go = environment.GOPATH ?? join(homedir(), "go");
  return {
    cache: join(environment.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gitops-platform"),
    moduleCache: environment.GOMODCACHE ?? join(go, "pkg", "mod"),
    download,
  };
}

/**
 * The text of a pinned manifest: from the path where one is named, else from the first place that has it. What is not
 * exactly the published file is never returned.
 * @throws {ProblemError} where it is nowhere, or where the named or the downloaded file is another one.
 */
export async function readManifest(pinned: PinnedManifest, path: string | undefined, places: Places): Promise<string> {
  if (path !== undefined) return readNamed(pinned, path);
  const cached = join(places.cache, `argocd-${ARGOCD_VERSION}`, pinned.file);
  const inModule = join(places.moduleCache, `github.com/argoproj/argo-cd/v3@v${ARGOCD_VERSION}/manifests`, pinned.file);
  for (const file of [cached, inModule].filter((file) => existsSync(file))) {
    const text = readFileSync(file, "utf8");
    if (sha256(text) === pinned.sha256) return text;
  }
  const text = await downloadPinned(pinned, places);
  keep(cached, text);
  return text;
}

function readNamed(pinned: PinnedManifest, path: string): string {
  if (!existsSync(path)) {
    const fix = "Set the path of the release's manifest, or remove argocd.manifest to look for it.";
    throw new ProblemError({ key: "argocd.manifest", got: show(path), expected: "a file that exists", fix });
  }
  const text = readFileSync(path, "utf8");
  if (sha256(text) !== pinned.sha256) throw mismatch(pinned, show(path), sha256(text));
  return text;
}

async function downloadPinned(pinned: PinnedManifest, places: Places): Promise<string> {
  const url = `https://raw.githubusercontent.com/argoproj/argo-cd/v${ARGOCD_VERSION}/manifests/${pinned.file}`;
  let text: string;
  try {
    text = await places.download(url);
  } catch (error) {
    throw new ProblemError({
      key: "argocd.manifest",
      got: `nothing, and ${url} gave none (${(error as Error).message})`,
      expected: `${pinned.file} of Argo CD ${ARGOCD_VERSION}`,
      fix: "Fetch that file on a machine that reaches it, and set argocd.manifest to its path.",
    });
  }
  if (sha256(text) !== pinned.sha256) throw mismatch(pinned, url, sha256(text));
  return text;
}

function mismatch(pinned: PinnedManifest, place: string, sum: string): ProblemError {
  return new ProblemError({
    key: "argocd.manifest",
    got: `${place} with SHA-256 ${sum}`,
    expected: `${pinned.file} of Argo CD ${ARGOCD_VERSION}, SHA-256 ${pinned.sha256}`,
    fix: "Use the file of that release, unchanged; ha/install.yaml goes with argocd.highAvailability: true.",
  });
}

function keep(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  // Another run may read the cache meanwhile: the file appears whole or not at all.
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
