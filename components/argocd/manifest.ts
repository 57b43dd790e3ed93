import { parseAllDocuments } from "yaml";
import type { Manifest } from "../kubernetes-object";
import { HIGH_AVAILABILITY, STANDARD } from "./release";
import { defaultPlaces, readManifest, type Places } from "./sources";

/** Which of the release's manifests to install. */
export interface ManifestChoice {
  /** Whether Argo CD runs replicated. */
  readonly highAvailability: boolean;
  /** A file to use instead of looking for one. It must be the published file all the same. */
  readonly path?: string | undefined;
}

/** The objects of Argo CD's release, as upstream publishes them. Throws what `readManifest` throws. */
export async function loadManifest(choice: ManifestChoice, places: Places = defaultPlaces()): Promise<Manifest[]> {
  return parseManifest(await readManifest(choice.highAvailability ? HIGH_AVAILABILITY : STANDARD, choice.path, places));
}

/** The objects of a YAML text. */
export function parseManifest(text: string): Manifest[] {
  // The text is known by its sum, so nothing in it needs checking; without the checks two megabytes take half the time.
  return parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, merge: false })
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
