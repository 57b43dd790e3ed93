import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { ProblemError, show, type Problem } from "@gitops-platform/contract/problems";
import type { ReleaseChoice } from "@gitops-platform/environments/settings";
import type { Manifest } from "../kubernetes-object";
import { checkEntries } from "./entries";
import { ARGOCD_NAMESPACE } from "./installation";
import { checkParameters } from "./parameters";
import { checkPatches } from "./patches";
import { tuned } from "./tuned";

/**
 * Finds a reviewed release of Argo CD: its objects, as upstream publishes them, and the problems of the settings that
 * do not suit it.
 * @throws {ProblemError} if the version is not reviewed, or as `readManifest` does.
 */
export async function findRelease(
  { version, highAvailability, path, parameters, tuning }: ReleaseChoice,
  sources: ManifestSources = defaultSources(),
): Promise<{ release: Manifest[]; problems: Problem[] }> {
  const { standard, highAvailability: replicated } = reviewed(version);
  const release = parseManifest(await readManifest(highAvailability ? replicated : standard, path, sources));
  const objects = tuned(release, ARGOCD_NAMESPACE, { ...tuning, patches: [] });
  return {
    release,
    problems: [
      ...checkParameters(parameters, release),
      ...checkEntries(version, tuning),
      ...checkPatches(tuning.patches, objects),
    ],
  };
}

function reviewed(version: string): Release {
  const release = Object.hasOwn(RELEASES, version) ? RELEASES[version] : undefined;
  if (release) return release;
  throw new ProblemError({
    key: "argocd.version",
    got: show(version),
    expected: `a reviewed release: ${Object.keys(RELEASES).join(", ")}`,
    fix:
      "To add one, read its release notes, and record its checksums in components/argocd/release.ts and " +
      "packages/policy/argocd-release.ts.",
  });
}

/** A file in a release's folder `manifests/`, and its checksum. */
export interface PinnedManifest {
  readonly version: string;
  readonly file: string;
  /** The SHA-256 of the published file, in hexadecimal. */
  readonly sha256: string;
}

/** The two manifests of a reviewed release. */
interface Release {
  /** Argo CD with one replica of each component; runs on any number of nodes. */
  readonly standard: PinnedManifest;
  /** Argo CD with several replicas; needs at least three nodes. */
  readonly highAvailability: PinnedManifest;
}

/**
 * Every release that a stack may install, by its version. There are at least two, so that one environment can run a new
 * release before the others do. 3.5 has no `server.rbac.rollback.enforce.enable`, which the platform needs.
 */
export const RELEASES: Readonly<Record<string, Release>> = {
  "3.6.0": release("3.6.0", {
    standard: "c1d7ec243fa63ce675d71e564775ae42bf11608d35436d5c5951365b6c86fa6a",
    highAvailability: "467a782acfb34bb1a91290c2d5704fa822445aab80b2ad9b87553e6b108119b4",
  }),
  "3.6.1": release("3.6.1", {
    standard: "7be23ca7d9ca3d3074dee8332f1ca92a933b990cee7c9cf22cf3843ee8c2913e",
    highAvailability: "37b0e8f5ff512017cda28578fecdb585267ec69e02954a67449296724635b05a",
  }),
};

function release(version: string, sha256: { readonly standard: string; readonly highAvailability: string }): Release {
  return {
    standard: { version, file: "install.yaml", sha256: sha256.standard },
    highAvailability: { version, file: "ha/install.yaml", sha256: sha256.highAvailability },
  };
}

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

/** Parses a YAML file that contains Kubernetes objects. */
export function parseManifest(text: string): Manifest[] {
  // The checksum already proves the content, so YAML's checks are unnecessary. Without them, 2 MB parse twice as fast.
  return parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, merge: false })
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
