import { type Json, type Manifest, SKIPPED_BY_ARGOCD, writeManifests } from "@gitops-platform/contract/canonical";
import { Failure } from "@gitops-platform/contract/failure";
import { parseObjects } from "@gitops-platform/contract/values/parse";
import { firstDifference } from "../values/differences";
import { readObjects } from "./helm";

/**
 * Writes a file with objects as they are applied: canonically, in the file's order.
 * @param file The file's name, for messages.
 * @throws {Failure} for what readers of YAML take differently, and for anything but single objects.
 */
export async function renderObjects(text: string, file: string): Promise<string> {
  // In an environment that follows main, Argo CD reads the file itself.
  if (text.includes(SKIPPED_BY_ARGOCD)) {
    throw new Failure(`${file}: got ${SKIPPED_BY_ARGOCD}; expected text without it: Argo CD would skip all of it.`);
  }
  const { documents } = parseObjects(text, file);
  const ours = documents.map((document) => document.toJS() as Readonly<Record<string, Json>>);
  if (ours.length === 0) throw new Failure(`${file}: got no objects; expected some. Write them, or delete the file.`);
  const theirs: readonly Manifest[] = await readObjects(text);
  const difference = firstDifference(ours, theirs);
  if (difference) {
    const place = difference.path === "" ? "objects" : difference.path;
    throw new Failure(`${file}: ${place}: got two meanings for two readers of YAML; expected one. Put text in quotes.`);
  }
  return writeManifests(theirs);
}
