import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { SERVICE_NAME, type ValuesFile } from "@gitops-platform/contract/paths";
import { isPlaceholder } from "@gitops-platform/contract/placeholders";
import type { Entry } from "./entry";

/** A place in a service's values where a text looks like a secret but is none. */
export interface HarmlessPlace {
  readonly service: string;
  /** Undefined for all environments. */
  readonly environment: string | undefined;
  /** The key in the form of `validate`: `env.DB_PASSWORD`. */
  readonly path: string;
  /** Why the text need not be secret, for reviewers. */
  readonly reason: string;
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
  const service = found.service?.text("the name of a service", "Write it.");
  if (service !== undefined && !SERVICE_NAME.test(service))
    found.service?.problem("the name of a service", "Correct it.");
  const known = graph.names.join(", ");
  const environment = found.environment?.text(`one of ${known}`, "Leave it out to mean each of them.");
  if (environment !== undefined && !graph.has(environment)) {
    found.environment?.problem(`one of ${known}`, "Leave it out to mean each of them.");
  }
  const path = found.path?.text("the place that validate names, such as env.DB_PASSWORD", "Write it.");
  const reason = found.reason?.text("why nobody must keep it secret", "Write it, for who reviews it.");
  if (reason !== undefined && isPlaceholder(reason)) {
    found.reason?.problem("why nobody must keep it secret", "Write it, for who reviews it.");
  }
  if (service === undefined || path === undefined || reason === undefined) return undefined;
  return { service, environment, path, reason };
}

function overlap(one: HarmlessPlace, other: HarmlessPlace): boolean {
  if (one.service !== other.service || one.path !== other.path) return false;
  return (one.environment ?? other.environment) === (other.environment ?? one.environment);
}

/**
 * Whether an entry applies to a place in a values file.
 * @param path The place, in the form of an entry.
 */
export function covers(place: HarmlessPlace, { service, environment }: ValuesFile, path: string | undefined): boolean {
  return place.service === service && (place.environment ?? environment) === environment && place.path === path;
}
