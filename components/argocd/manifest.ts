import { parseAllDocuments } from "yaml";
import type { Problem } from "../../environments/problems";
import type { ReleaseChoice } from "../../environments/settings";
import type { Manifest } from "../kubernetes-object";
import { checkParameters } from "./parameters";
import { HIGH_AVAILABILITY, STANDARD } from "./release";
import { defaultPlaces, readManifest, type Places } from "./sources";

/**
 * The objects of Argo CD's release, as upstream publishes them, and the parameters that its processes do not read.
 * Throws what `readManifest` throws.
 */
export async function findRelease(
  { highAvailability, path, parameters }: ReleaseChoice,
  places: Places = defaultPlaces(),
): Promise<{ release: Manifest[]; problems: Problem[] }> {
  const release = parseManifest(await readManifest(highAvailability ? HIGH_AVAILABILITY : STANDARD, path, places));
  return { release, problems: checkParameters(parameters, release) };
}

/** The objects of a YAML text. */
export function parseManifest(text: string): Manifest[] {
  // The text is known by its sum, so nothing in it needs checking; without the checks two megabytes take half the time.
  return parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, merge: false })
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}
