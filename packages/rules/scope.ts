import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { SERVICE_NAME, type ValuesFile } from "@gitops-platform/contract/paths";
import { isPlaceholder } from "@gitops-platform/contract/placeholders";
import type { Entry } from "./entry";

/** The values that an entry of the rules permits something in. */
export interface Scope {
  readonly service: string;
  /** Undefined for all environments. */
  readonly environment: string | undefined;
  /** Why it is permitted, for reviewers. */
  readonly reason: string;
}

/**
 * Reads the keys `service`, `environment` and `reason` of an entry; undefined if one that is required is missing or
 * wrong.
 * @param why What the reason must say, for messages.
 */
export function readScope(
  { service, environment, reason }: Partial<Record<keyof Scope, Entry>>,
  why: string,
  graph: EnvironmentGraph,
): Scope | undefined {
  const name = service?.text("the name of a service", "Write it.");
  if (name !== undefined && !SERVICE_NAME.test(name)) service?.problem("the name of a service", "Correct it.");
  const known = graph.names.join(", ");
  const where = environment?.text(`one of ${known}`, "Leave it out to mean each of them.");
  if (where !== undefined && !graph.has(where)) {
    environment?.problem(`one of ${known}`, "Leave it out to mean each of them.");
  }
  const text = reason?.text(why, "Write it, for who reviews it.");
  if (text !== undefined && isPlaceholder(text)) reason?.problem(why, "Write it, for who reviews it.");
  return name === undefined || text === undefined ? undefined : { service: name, environment: where, reason: text };
}

/** Whether there are values that both are about. */
export function areTogether(one: Scope, other: Scope): boolean {
  if (one.service !== other.service) return false;
  return (one.environment ?? other.environment) === (other.environment ?? one.environment);
}

/** Whether an entry is about a values file. */
export function isOf(scope: Scope, { service, environment }: ValuesFile): boolean {
  return scope.service === service && (scope.environment ?? environment) === environment;
}
