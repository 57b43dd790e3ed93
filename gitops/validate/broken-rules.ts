import { parseAllDocuments } from "yaml";
import { confinementProblems, REQUIRED_RESOURCES } from "../../policy/confinement";
import { podSpecOf } from "../../policy/pods";
import { secretsIn } from "../../policy/secret-forms";
import { stringsIn } from "../../policy/strings";
import { type Delivered, limitProblems } from "./project-limits";

/** What the rules need of a rendered object. */
interface Manifest extends Delivered {
  readonly data?: unknown;
  readonly items?: readonly Manifest[];
}

/**
 * What breaks the policy pack's `containers-are-confined` or `no-secret-in-plain-text` in rendered manifests, each in
 * whole sentences. The pack sees what Pulumi makes; services come by Git, past it. A Secret is looked into as well:
 * here it would stand in Git. Also what a service's project does not let in.
 * @param service The service that they were rendered for.
 */
export function brokenRules(manifests: string, service: string): string[] {
  const documents = [...parseAllDocuments(manifests, { logLevel: "error" })];
  return documents
    .flatMap((document) => objectsIn(document.toJS() as Manifest | null))
    .flatMap((manifest) => problemsOf(manifest, service));
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

function problemsOf(manifest: Manifest, service: string): string[] {
  const { apiVersion = "", kind = "", metadata } = manifest;
  const object = `${kind} ${metadata?.name ?? ""}`;
  // As Pulumi names types, by which the rules know what makes pods.
  const type = `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
  const pod = podSpecOf({ type, props: manifest });
  const unconfined = pod ? confinementProblems(pod, REQUIRED_RESOURCES) : [];
  const encoded = kind === "Secret" ? stringsIn(manifest.data, "data").map(decoded) : [];
  const secrets = [...stringsIn(manifest, ""), ...encoded].flatMap(({ path, text }) =>
    secretsIn(text).map(({ name }) => `${path}: ${secretProblem(name)}`),
  );
  const unlimited = limitProblems(manifest, service);
  return [
    ...[...unconfined, ...unlimited].map((problem) => `${problem} Correct the chart's templates.`),
    ...secrets,
  ].map((problem) => `${object}: ${problem}`);
}

function decoded({ path, text }: { readonly path: string; readonly text: string }) {
  return { path, text: Buffer.from(text, "base64").toString() };
}

/** What to say of a secret that stands in Git. */
export function secretProblem(name: string): string {
  return (
    `got ${name}; expected no secret in plain text. Take it out, replace it where it is valid, for it is known now, ` +
    "and refer to a Secret of the cluster, as envFromSecrets does."
  );
}
