import type { EnvironmentReview, ReviewedResource } from "./review";

/** A value that differs from one environment to the next. */
export interface Difference {
  /** The resource's kind and name, the environment's own name in it left out. */
  readonly resource: string;
  /** Where, as Pulumi writes paths; empty where the resource itself is missing somewhere. */
  readonly path: string;
  /** By environment, the value; `undefined` where there is none. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What delivers services comes first: it is what environments are there to differ in. */
const FIRST = ["Application", "AppProject", "Namespace", "ResourceQuota"];

/**
 * What differs between environments, apart from their names: values first, then whole resources that some do not have.
 */
export function differences(reviews: readonly EnvironmentReview[]): Difference[] {
  const rank = ({ resource, path }: Difference) => {
    const kind = FIRST.indexOf(resource.split(" ")[0] ?? "");
    return (path === "" ? 100 : 0) + (kind < 0 ? FIRST.length : kind);
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
        const texts = new Set(values.map(([, value]) => JSON.stringify(value)));
        return texts.size === 1 ? [] : [{ resource, path, values: Object.fromEntries(values) }];
      });
  });
}

/** Follows from other values, which are shown themselves. */
const DERIVED = 'settings-checksum"]';

/** A resource's kind: the last part of its type. */
export function kindOf({ type }: Pick<ReviewedResource, "type">): string {
  return type.split(":").at(-1) ?? type;
}

/** Every scalar of a resource, by its path; its protection among them. */
export function leavesOf({ inputs, protect }: ReviewedResource, environment = ""): Map<string, unknown> {
  const found = new Map<string, unknown>([["protect", protect]]);
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
      const names = Array.isArray(value) ? namesOf(value) : undefined;
      for (const [key, child] of Object.entries(value)) {
        walk(child, names ? `${path}[${names[Number(key)] ?? key}]` : step(path, key));
      }
    } else found.set(path, typeof value === "string" ? neutral(value, environment) : value);
  };
  // A definition is the release's, or a rule says so: nobody reads a megabyte of schema.
  const { spec, ...rest } = inputs;
  walk(inputs.kind === "CustomResourceDefinition" ? rest : { ...rest, ...(spec !== undefined && { spec }) }, "");
  return found;
}

/**
 * What tells a list's items apart: their names where each has its own, so that one more does not change the paths of
 * all after it.
 */
function namesOf(list: readonly unknown[]): string[] {
  const names = list.map((item) => (item as { name?: unknown } | null)?.name);
  const named = names.filter((name): name is string => typeof name === "string");
  return named.length === list.length && new Set(named).size === named.length ? named : [...list.keys()].map(String);
}

function identity(resource: ReviewedResource, environment: string): string {
  return `${kindOf(resource)} ${neutral(resource.name, environment)}`;
}

/** A text without the environment's name where that is a word of its own. */
function neutral(text: string, environment: string): string {
  // A long text is somebody else's: in a list of host keys, dev is a part of a host's name.
  if (environment === "" || text.length > 200) return text;
  return text.replaceAll(new RegExp(`(?<![A-Za-z0-9])${environment}(?![A-Za-z0-9])`, "g"), "<environment>");
}

function step(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
