import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import type { Entry } from "./entry";
import { areTogether, isOf, readScope, type Scope } from "./scope";

/** A place in a service's values where a text looks like a secret but is none. */
export interface HarmlessPlace extends Scope {
  /** The key in the form of `validate`: `env.DB_PASSWORD`. */
  readonly path: string;
}

/** The texts that look like secrets but are none. */
export interface SecretRules {
  readonly harmless: readonly HarmlessPlace[];
}

/** Reads the section `secrets`. By default, nothing is harmless. */
export function readSecrets(section: Entry | undefined, graph: EnvironmentGraph): SecretRules {
  const { harmless } = section?.keys(["harmless"]) ?? {};
  const places: { readonly place: HarmlessPlace; readonly key: string }[] = [];
  for (const entry of harmless?.list("Write the places with - before each.") ?? []) {
    const place = readPlace(entry, graph);
    const twin = place && places.find((other) => overlap(place, other.place));
    if (twin) entry.problem(`another place than that of ${twin.key}`, "Remove one of them.");
    if (place) places.push({ place, key: entry.key });
  }
  return { harmless: places.map(({ place }) => place) };
}

const KEYS = ["service", "environment", "path", "reason"] as const;

function readPlace(entry: Entry, graph: EnvironmentGraph): HarmlessPlace | undefined {
  const found = entry.keys(KEYS);
  if (!found.service || !found.path || !found.reason) {
    entry.problem("service, path and reason", "Write what is missing.");
  }
  const scope = readScope(found, "why nobody must keep it secret", graph);
  const path = found.path?.text("the place that validate names, such as env.DB_PASSWORD", "Write it.");
  return scope === undefined || path === undefined ? undefined : { ...scope, path };
}

function overlap(one: HarmlessPlace, other: HarmlessPlace): boolean {
  return areTogether(one, other) && one.path === other.path;
}

/**
 * Whether an entry applies to a place in a values file.
 * @param path The place, in the form of an entry.
 */
export function covers(place: HarmlessPlace, file: ValuesFile, path: string | undefined): boolean {
  return isOf(place, file) && place.path === path;
}
