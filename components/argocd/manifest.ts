import { parseAllDocuments } from "yaml";
import { ProblemError, show, type Problem } from "@gitops-platform/contract/problems";
import type { ReleaseChoice } from "@gitops-platform/environments/settings";
import type { Manifest } from "../kubernetes-object";
import { checkEntries } from "./entries";
import { ARGOCD_NAMESPACE } from "./installation";
import { checkParameters } from "./parameters";
import { checkPatches } from "./patches";
import { RELEASES, type Release } from "./release";
import { defaultSources, readManifest, type ManifestSources } from "./sources";
import { tuned } from "./tuned";

/**
 * The objects of a reviewed release of Argo CD, as upstream publishes them, and the problems of the settings that
 * depend on what the release has and reads.
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

/** Parses a YAML file that contains Kubernetes objects. */
export function parseManifest(text: string): Manifest[] {
  // The checksum already proves the content, so YAML's checks are unnecessary. Without them, 2 MB parse twice as fast.
  return parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, merge: false })
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
