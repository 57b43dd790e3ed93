import { parseAllDocuments } from "yaml";
import { confinementProblems, REQUIRED_RESOURCES } from "../../policy/confinement";
import { containersOf, podSpecOf, type PodSpec } from "../../policy/pods";
import { secretsIn } from "../../policy/secrets/secrets";
import { pathOf } from "../../policy/strings";
import { RULES_PATH } from "../rules/entry";
import type { ResourceRules } from "../rules/resources";
import { type Delivered, limitProblems } from "./project-limits";

/** What the rules need of a rendered object. */
interface Manifest extends Delivered {
  readonly data?: unknown;
  readonly items?: readonly Manifest[];
}

/** One thing that breaks a rule. */
export interface Broken {
  /** In whole sentences. */
  readonly message: string;
  /** Where it is a secret in plain text: to compare with, never to be told. */
  readonly secret?: string;
}

/**
 * What breaks the policy pack's `containers-are-confined` or `no-secret-in-plain-text` in rendered manifests, or the
 * platform team's rules. The pack sees what Pulumi makes; services come by Git, past it. A Secret is looked into as
 * well: here it would stand in Git. Also what a service's project does not let in.
 * @param service The service that they were rendered for.
 */
export function brokenRules(manifests: string, service: string, rules: ResourceRules): Broken[] {
  const documents = [...parseAllDocuments(manifests, { logLevel: "error" })];
  return documents
    .flatMap((document) => objectsIn(document.toJS() as Manifest | null))
    .flatMap((manifest) => problemsOf(manifest, service, rules));
}

function objectsIn(manifest: Manifest | null): Manifest[] {
  if (typeof manifest !== "object" || manifest === null) return [];
  return manifest.kind === "List" ? (manifest.items ?? []).flatMap(objectsIn) : [withoutNulls(manifest) as Manifest];
}

/** Kubernetes takes a key whose value is null for one that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

function problemsOf(manifest: Manifest, service: string, rules: ResourceRules): Broken[] {
  const { apiVersion = "", kind = "", metadata } = manifest;
  const object = `${kind} ${metadata?.name ?? ""}`;
  // As Pulumi names types, by which the rules know what makes pods.
  const type = `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
  const pod = podSpecOf({ type, props: manifest });
  const unconfined = pod ? confinementProblems(pod, REQUIRED_RESOURCES) : [];
  const secrets = secretsIn(kind === "Secret" ? decoded(manifest) : manifest);
  const unlimited = limitProblems(manifest, service);
  const messages = [
    ...[...unconfined, ...unlimited].map((problem) => `${problem} Correct the chart's templates.`),
    ...(pod && rules.cpuLimit === "required" ? withoutCpuLimit(pod) : []),
  ];
  return [
    ...messages.map((problem) => ({ message: `${object}: ${problem}` })),
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

/** A Secret with its data as it is before base64. */
function decoded(manifest: Manifest): unknown {
  const { data, ...rest } = manifest;
  if (typeof data !== "object" || data === null) return manifest;
  const entries = Object.entries(data).map(([key, text]) => {
    return [key, typeof text === "string" ? Buffer.from(text, "base64").toString() : text] as const;
  });
  return { ...rest, data: Object.fromEntries(entries) };
}

/** What to say of a secret that stands in Git. */
export function secretProblem(name: string): string {
  return (
    `got ${name}; expected no secret in plain text. Take it out, replace it where it is valid, for it is known now, ` +
    "and refer to a Secret of the cluster, as envFromSecrets does."
  );
}
