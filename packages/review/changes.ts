import type { Finding } from "@gitops-platform/engine";
import { leavesOf } from "./comparison";
import type { EnvironmentReview, ReviewedResource } from "./review";

/** The effect of a change of the program on one environment. */
export interface EnvironmentChange {
  readonly name: string;
  readonly added: readonly ReviewedResource[];
  readonly removed: readonly ReviewedResource[];
  readonly changed: readonly { readonly resource: ReviewedResource; readonly paths: readonly PathChange[] }[];
  /** Violations that only the changed program has. */
  readonly findings: readonly Finding[];
  /** Rules that cannot be evaluated only in the changed program. */
  readonly notEvaluated: readonly Finding[];
  /** Violations that only the program before the change has. */
  readonly resolved: readonly Finding[];
}

/** A value before and after the change; `undefined` if there is none. */
export interface PathChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Compares an environment before and after a change. @param before Undefined if the environment is new. */
export function changeOf(before: EnvironmentReview | undefined, after: EnvironmentReview): EnvironmentChange {
  const old = new Map(before?.resources.map((resource) => [resource.urn, resource]));
  const now = new Set(after.resources.map(({ urn }) => urn));
  const onlyIn = (these: readonly Finding[], others: readonly Finding[] = []) => {
    const known = new Set(others.map(keyOf));
    return these.filter((finding) => !known.has(keyOf(finding)));
  };
  return {
    name: after.name,
    added: after.resources.filter(({ urn }) => !old.has(urn)),
    removed: [...old.values()].filter(({ urn }) => !now.has(urn)),
    changed: after.resources.flatMap((resource) => {
      const former = old.get(resource.urn);
      const paths = former === undefined ? [] : pathChanges(former, resource);
      return paths.length === 0 ? [] : [{ resource, paths }];
    }),
    findings: onlyIn(after.findings, before?.findings),
    notEvaluated: onlyIn(after.notEvaluated, before?.notEvaluated),
    resolved: onlyIn(before?.findings ?? [], after.findings),
  };
}

/** The change of an environment that was removed. */
export function removalOf(before: EnvironmentReview): EnvironmentChange {
  const { name, resources: removed, findings: resolved } = before;
  return { name, added: [], removed, changed: [], findings: [], notEvaluated: [], resolved };
}

/** The unique key of a finding, stable across runs. */
export function keyOf({ rule, urn, message }: Finding): string {
  return `${rule.name}|${urn}|${message}`;
}

function pathChanges(before: ReviewedResource, after: ReviewedResource): PathChange[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ path, before: was, after: is }];
  });
}
