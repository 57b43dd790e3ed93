import { confinementProblems, REQUIRED_RESOURCES } from "@gitops-platform/policy/confinement";
import { containersOf, type PodSpec } from "@gitops-platform/policy/pods";
import { secretsIn } from "@gitops-platform/policy/secrets/secrets";
import { pathOf } from "@gitops-platform/policy/strings";
import type { PodSecurity } from "@gitops-platform/environments/environment";
import { MAIN } from "../git/refs";
import { RULES_PATH } from "@gitops-platform/contract/paths";
import { rulesAt } from "../rules";
import { type Reading, type ResourceRules } from "@gitops-platform/rules/rules";
import { formatPath } from "@gitops-platform/rules/paths";
import { movingProblem, type TagRules } from "@gitops-platform/rules/tags";
import { imageIn, otherImages, sameVersion } from "@gitops-platform/contract/values/image";
import { isServiceChart, sameSource } from "@gitops-platform/contract/source";
import { contentOf } from "../values/differences";
import type { Candidate } from "./candidate";
import { type Sourced, sourcedPath, sourcedText, sourcedValues } from "./sourced";
import { refusedAnnotations } from "./annotations";
import { neighbourProblems } from "./neighbours";
import { type RenderedObject, objectsOf, podAnnotations, podOf } from "./objects";
import { ownObjectProblems, type OwnObjectRules, unusedImage } from "./own-objects";
import { podSecurityProblems } from "./pod-security";
import { limitProblems } from "./project-limits";
import type { FileProblem } from "@gitops-platform/rules/entry";

/** A violation of a rule. */
export interface Broken {
  /** Complete sentences. */
  readonly message: string;
  /** The secret, if the violation is one in plain text. For comparison only: it must never be printed. */
  readonly secret?: string;
  /** A value that the message does not quote. For comparison only. */
  readonly value?: unknown;
}

/** The platform team's rules for a service's objects. */
export interface ObjectRules extends ResourceRules {
  /** Further annotations that routes and Services may have. Default: none. */
  readonly annotations?: readonly string[];
  /** The Pod Security level of that namespace. Default: unknown, and then it is not checked. */
  readonly podSecurity?: PodSecurity | undefined;
  /** The namespace that the objects are rendered for. Default: the service's name. */
  readonly namespace?: string;
  /** The service's profile. Default: that of the service chart. */
  readonly profile?: string;
  /** The catalogue's services in that namespace. Default: none. */
  readonly services?: readonly string[];
  /** Further rules for objects that do not come from the service chart. Default: none. */
  readonly own?: OwnObjectRules;
}

/**
 * Finds violations in a service's rendered manifests: of the policy pack's `containers-are-confined` and
 * `no-secret-in-plain-text`, of the platform team's rules, and of the limits of the service's AppProject. The policy
 * pack itself sees only what Pulumi creates, not what Git delivers. Secrets are searched as well, because these
 * manifests are stored in Git.
 * @param service The service that they were rendered for.
 */
export function brokenRules(manifests: string, service: string, rules: ObjectRules): Broken[] {
  const objects = objectsOf(manifests);
  const unused = rules.own && unusedImage(objects, rules.own);
  return [
    ...objects.flatMap((manifest) => problemsOf(manifest, service, rules)),
    ...(unused === undefined ? [] : [{ message: unused }]),
  ];
}

function problemsOf(manifest: RenderedObject, service: string, rules: ObjectRules): Broken[] {
  const { kind = "", metadata } = manifest;
  const object = `${kind} ${metadata?.name ?? ""}`;
  const pod = podOf(manifest);
  const unconfined = pod ? confinementProblems(pod, REQUIRED_RESOURCES) : [];
  const refused = pod && rules.podSecurity ? podSecurityProblems(pod, rules.podSecurity, podAnnotations(manifest)) : [];
  const secrets = secretsIn(kind === "Secret" ? decoded(manifest) : manifest);
  const unlimited = limitProblems(manifest, service, rules);
  const where = rules.own ? "Correct the object, or the template that renders it." : "Correct the chart's templates.";
  const messages = [
    ...[...unconfined, ...refused, ...unlimited].map((problem) => `${problem} ${where}`),
    ...neighbourProblems(manifest, service, rules.services ?? []),
    ...(rules.own ? ownObjectProblems(manifest, rules.own) : []),
    ...(pod && rules.cpuLimit === "required" ? withoutCpuLimit(pod) : []),
  ];
  return [
    ...messages.map((problem) => ({ message: `${object}: ${problem}` })),
    ...refusedAnnotations(manifest, rules.annotations ?? []).map(({ message, value }) => {
      return { message: `${object}: ${message}`, value };
    }),
    ...secrets.map(({ kind: what, keys, secret }) => {
      return { message: `${object}: ${pathOf(keys)}: ${secretProblem(what)}`, secret };
    }),
  ];
}

function withoutCpuLimit(pod: PodSpec): string[] {
  return containersOf(pod)
    .filter(({ resources }) => resources?.limits?.cpu === undefined)
    .map(({ name = "" }) => {
      const rule = `a CPU limit, which ${RULES_PATH} requires`;
      return `container ${name}: resources.limits.cpu: got nothing; expected ${rule}. Set it in the values.`;
    });
}

/** A Secret with its data decoded from base64. */
function decoded(manifest: RenderedObject): unknown {
  const { data, ...rest } = manifest;
  if (typeof data !== "object" || data === null) return manifest;
  const entries = Object.entries(data).map(([key, text]) => {
    return [key, typeof text === "string" ? Buffer.from(text, "base64").toString() : text] as const;
  });
  return { ...rest, data: Object.fromEntries(entries) };
}

/** The message about a secret in Git. */
export function secretProblem(name: string): string {
  return (
    `got ${name}; expected no secret in plain text. Remove it, replace the secret itself, because it is known now, ` +
    "and refer to a Secret of the cluster, as envFromSecrets does."
  );
}

/**
 * The rules that apply to a change. Into `main` they are the ones after the merge: GitHub requires the platform team's
 * approval for a change of rules, and the new rules apply to it at once. Branches `env/<name>` have other approvers, so
 * the rules of `main` apply there.
 */
export async function rulesFor({ clone, branch, tree, graph }: Candidate): Promise<Reading> {
  return rulesAt(clone, branch === "main" ? tree : MAIN, graph);
}

/**
 * Finds new versions whose tag could later refer to another build. A version that was there before is accepted, because
 * the rules may have become stricter since. A version that cannot be read unambiguously is refused: Helm could read a
 * moving tag from it.
 */
export async function movingTags(candidate: Candidate, rules: TagRules): Promise<FileProblem[]> {
  const problems = (await sourcedValues(candidate)).map(async (sourced): Promise<FileProblem[]> => {
    const { now, before: earlier } = sourced;
    const file = sourcedPath(sourced);
    const { before, after } = await sourcedText(candidate, sourced);
    if (before === after && earlier && sameSource(earlier.source, now.source)) return [];
    const [was, is] = [imageIn(earlier && before, file, earlier?.source), imageIn(after, file, now.source)];
    if (is.state === "no file") return [];
    if (is.state === "unreadable") return [{ file, message: is.reason }];
    const others = isServiceChart(now.source) ? movingOthers(before, after, rules) : [];
    const problem =
      was.state === "read" && sameVersion(was.image, is.image) ? undefined : movingProblem(is.image, rules);
    const own = problem === undefined ? [] : [`${imageKey(sourced)}.${problem}`];
    return [...own, ...others].map((message) => ({ file, message }));
  });
  return (await Promise.all(problems)).flat();
}

function imageKey({ now: { source } }: Sourced): string {
  return source.kind === "chart" ? source.image.join(".") : "image";
}

/** The same for the images of sidecars and other workloads, which only people change. */
function movingOthers(before: string | undefined, after: string | undefined, rules: TagRules): string[] {
  const known = new Map(otherImages(contentOf(before)).map(({ path, image }) => [formatPath(path), image]));
  return otherImages(contentOf(after)).flatMap(({ path, image }) => {
    const key = formatPath(path);
    const was = known.get(key);
    if (was && was.repository === image.repository && sameVersion(was, image)) return [];
    const problem = movingProblem(image, rules);
    return problem === undefined ? [] : [`${key}.${problem}`];
  });
}
