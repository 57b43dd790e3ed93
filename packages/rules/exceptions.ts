import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import { suggest } from "@gitops-platform/contract/problems";
import type { Entry } from "./entry";
import { areTogether, isOf, readScope, type Scope } from "./scope";

/** The keys of a service's values below `exceptions`: in what its pods may be weaker than the chart's defaults. */
export const EXCEPTIONS = ["runAsUser", "writableRoot", "privilegedPort"] as const;
export type Exception = (typeof EXCEPTIONS)[number];

/** An exception that the platform team allows to a service. */
export interface AllowedException extends Scope {
  readonly exception: Exception;
}

/** Reads the section `exceptions`, which is a list. By default, no service has an exception. */
export function readExceptions(section: Entry | undefined, graph: EnvironmentGraph): AllowedException[] {
  const allowed: { readonly entry: AllowedException; readonly key: string }[] = [];
  for (const entry of section?.list("Write the exceptions with - before each.") ?? []) {
    const read = readException(entry, graph);
    const twin = read && allowed.find((other) => overlap(read, other.entry));
    if (twin) entry.problem(`another exception than that of ${twin.key}`, "Remove one of them.");
    if (read) allowed.push({ entry: read, key: entry.key });
  }
  return allowed.map(({ entry }) => entry);
}

const KEYS = ["service", "environment", "exception", "reason"] as const;

function readException(entry: Entry, graph: EnvironmentGraph): AllowedException | undefined {
  const found = entry.keys(KEYS);
  if (!found.service || !found.exception || !found.reason) {
    entry.problem("service, exception and reason", "Write what is missing.");
  }
  const scope = readScope(found, "why the service needs it", graph);
  const expected = `one of ${EXCEPTIONS.join(", ")}`;
  const name = found.exception?.text(expected, "Write one of them.");
  const exception = EXCEPTIONS.find((each) => each === name);
  if (name !== undefined && exception === undefined) found.exception?.problem(expected, suggest(name, EXCEPTIONS));
  return scope === undefined || exception === undefined ? undefined : { ...scope, exception };
}

function overlap(one: AllowedException, other: AllowedException): boolean {
  return areTogether(one, other) && one.exception === other.exception;
}

/** Whether a service may have an exception in an environment. */
export function isAllowed(allowed: readonly AllowedException[], file: ValuesFile, exception: Exception): boolean {
  return allowed.some((each) => isOf(each, file) && each.exception === exception);
}
