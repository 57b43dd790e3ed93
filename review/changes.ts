import type { Finding } from "../engine";
import { leavesOf } from "./comparison";
import type { EnvironmentReview, ReviewedResource } from "./review";

/** What a change of the program does to one environment. */
export interface EnvironmentChange {
  readonly name: string;
  readonly added: readonly ReviewedResource[];
  readonly removed: readonly ReviewedResource[];
  readonly changed: readonly { readonly resource: ReviewedResource; readonly paths: readonly PathChange[] }[];
  /** Findings that only the changed program has. */
  readonly findings: readonly Finding[];
  /** Rules that only the changed program keeps from being evaluated. */
  readonly notEvaluated: readonly Finding[];
  /** Findings that only the program before had. */
  readonly resolved: readonly Finding[];
}

/** A value before and after; `undefined` where there was or is none. */
export interface PathChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What the change adds and removes in an environment. @param before Undefined where the environment is new. */
export function changeOf(before: EnvironmentReview | undefined, after: EnvironmentReview): EnvironmentChange {
  const old = new Map(before?.resources.map((resource) => [resource.urn, resource]));
  const now = new Set(after.resources.map(({ urn }) => urn));
  const fresh = (ours: readonly Finding[], theirs: readonly Finding[] = []) => {
    const known = new Set(theirs.map(keyOf));
    return ours.filter((finding) => !known.has(keyOf(finding)));
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
    findings: fresh(after.findings, before?.findings),
    notEvaluated: fresh(after.notEvaluated, before?.notEvaluated),
    resolved: fresh(before?.findings ?? [], after.findings),
  };
}

/** An environment that the changed program no longer has. */
export function removalOf(before: EnvironmentReview): EnvironmentChange {
  const { name, resources: removed, findings: resolved } = before;
  return { name, added: [], removed, changed: [], findings: [], notEvaluated: [], resolved };
}

/** What tells a finding from any other, in this run and in the next. */
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
