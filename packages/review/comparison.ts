import type { EnvironmentReview, ReviewedResource } from "./review";

/** A value that differs between environments. */
export interface Difference {
  /** The resource's kind and name, in which the environment's name is replaced. */
  readonly resource: string;
  /** In Pulumi's notation; empty if an environment does not have the resource. */
  readonly path: string;
  /** The values by environment; `undefined` if there is none. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Kinds that come first, because environments differ mainly in them. */
const KIND_ORDER = ["Application", "AppProject", "Namespace", "ResourceQuota"];

/**
 * Finds the differences between environments, except for their names: first values, then resources that not all of them
 * have.
 */
export function differences(reviews: readonly EnvironmentReview[]): Difference[] {
  const rank = ({ resource, path }: Difference) => {
    const kind = KIND_ORDER.indexOf(resource.split(" ")[0] ?? "");
    return (path === "" ? 100 : 0) + (kind < 0 ? KIND_ORDER.length : kind);
  };
  return unsorted(reviews).sort((a, b) => rank(a) - rank(b));
}

function unsorted(reviews: readonly EnvironmentReview[]): Difference[] {
  const byEnvironment = reviews.map(({ name, resources }) => ({
    name,
    resources: new Map(resources.map((resource) => [identity(resource, name), leavesOf(resource, name)])),
  }));
  const identities = [...new Set(byEnvironment.flatMap(({ resources }) => [...resources.keys()]))];
  return identities.flatMap((resource) => {
    const present = byEnvironment.map(({ name, resources }) => ({ name, leaves: resources.get(resource) }));
    if (present.some(({ leaves }) => leaves === undefined)) {
      const values = present.map(({ name, leaves }) => [name, leaves && true] as const);
      return [{ resource, path: "", values: Object.fromEntries(values) }];
    }
    const paths = new Set(present.flatMap(({ leaves }) => [...(leaves?.keys() ?? [])]));
    return [...paths]
      .filter((path) => !path.endsWith(DERIVED))
      .flatMap((path) => {
        const values = present.map(({ name, leaves }) => [name, leaves?.get(path)] as const);
        const distinct = new Set(values.map(([, value]) => JSON.stringify(value)));
        return distinct.size === 1 ? [] : [{ resource, path, values: Object.fromEntries(values) }];
      });
  });
}

/** Left out: it is computed from other values, which are compared themselves. */
const DERIVED = 'settings-checksum"]';

/** A resource's kind: the last part of its type. */
export function kindOf({ type }: Pick<ReviewedResource, "type">): string {
  return type.split(":").at(-1) ?? type;
}

/** All scalars of a resource by path, including the option `protect`. */
export function leavesOf({ inputs, protect }: ReviewedResource, environment = ""): Map<string, unknown> {
  const found = new Map<string, unknown>([["protect", protect]]);
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
      const names = Array.isArray(value) ? namesOf(value) : undefined;
      for (const [key, child] of Object.entries(value)) {
        walk(child, names ? `${path}[${names[Number(key)] ?? key}]` : join(path, key));
      }
    } else found.set(path, typeof value === "string" ? withoutEnvironment(value, environment) : value);
  };
  // Leaves out the schemas of CustomResourceDefinitions, which are megabytes; a rule compares them with the release.
  const { spec, ...rest } = inputs;
  walk(inputs.kind === "CustomResourceDefinition" ? rest : { ...rest, ...(spec !== undefined && { spec }) }, "");
  return found;
}

/**
 * The keys of a list's items: their names if these are unique, so that an inserted item does not change the paths of
 * the following ones; otherwise their indexes.
 */
function namesOf(list: readonly unknown[]): string[] {
  const names = list.map((item) => (item as { name?: unknown } | null)?.name);
  const named = names.filter((name): name is string => typeof name === "string");
  return named.length === list.length && new Set(named).size === named.length ? named : [...list.keys()].map(String);
}

function identity(resource: ReviewedResource, environment: string): string {
  return `${kindOf(resource)} ${withoutEnvironment(resource.name, environment)}`;
}

/** Replaces the environment's name if it is a separate word. */
function withoutEnvironment(text: string, environment: string): string {
  // Long strings are not written for the environment: in a list of host keys, dev is part of a host name.
  if (environment === "" || text.length > 200) return text;
  return text.replaceAll(new RegExp(`(?<![A-Za-z0-9])${environment}(?![A-Za-z0-9])`, "g"), "<environment>");
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
