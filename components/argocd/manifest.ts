import { parseAllDocuments } from "yaml";
import type { Problem } from "@gitops-platform/contract/problems";
import type { ReleaseChoice } from "@gitops-platform/environments/settings";
import type { Manifest } from "../kubernetes-object";
import { checkParameters } from "./parameters";
import { HIGH_AVAILABILITY, STANDARD } from "./release";
import { defaultSources, readManifest, type ManifestSources } from "./sources";

/**
 * The objects of Argo CD's release, as upstream publishes them, and the problems of the configured parameters.
 * @throws {ProblemError} as `readManifest` does.
 */
export async function findRelease(
  { highAvailability, path, parameters }: ReleaseChoice,
  sources: ManifestSources = defaultSources(),
): Promise<{ release: Manifest[]; problems: Problem[] }> {
  const release = parseManifest(await readManifest(highAvailability ? HIGH_AVAILABILITY : STANDARD, path, sources));
  return { release, problems: checkParameters(parameters, release) };
}

/** Parses a YAML file that contains Kubernetes objects. */
export function parseManifest(text: string): Manifest[] {
  // The checksum already proves the content, so YAML's checks are unnecessary. Without them, 2 MB parse twice as fast.
  return parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, merge: false })
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
