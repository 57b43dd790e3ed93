import { isMap, isScalar, parseDocument, Scalar } from "yaml";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import { digestProblem, type Image, tagProblem } from "@gitops-platform/contract/values/image";
import type { ResourceRules } from "@gitops-platform/rules/rules";
import { $defs } from "../../../gitops-repo/charts/service/values.schema.json";

/** An image with its place, as the first values need it. */
export type NamedImage = Image & { readonly repository: string };

/** Reads `<repository>:<tag>` with an optional `@<digest>`, or says why it is none. */
export function parseImage(text: string): { readonly image: NamedImage } | { readonly problem: string } {
  const [name = "", digest, ...more] = text.split("@");
  const at = name.lastIndexOf(":");
  const [repository, tag] = at > name.lastIndexOf("/") ? [name.slice(0, at), name.slice(at + 1)] : [name, ""];
  const problem =
    more.length > 0 ? "a second @" : (tagProblem(tag) ?? (digest === undefined ? undefined : digestProblem(digest)));
  if (problem === undefined && new RegExp($defs.image.properties.repository.pattern).test(repository)) {
    return { image: { repository, tag, digest } };
  }
  const rule = "<registry>/<path>:<tag>, and @sha256:… if it has a digest";
  return { problem: `image: got ${JSON.stringify(text)}; expected ${rule}. Take what was pushed.` };
}

/** What the first values of a service depend on. */
export interface FirstValues {
  readonly file: ValuesFile;
  readonly image: NamedImage;
  readonly graph: EnvironmentGraph;
  readonly resources: ResourceRules;
}

/**
 * The shortest values that the chart accepts. Environments after development have two pods, and all of them the same
 * values, because an environment that tries versions for production mirrors it.
 */
export function firstValues({ file, image, graph, resources }: FirstValues): string {
  const stage = graph.environments.find(({ name }) => name === file.environment)?.stage;
  return [
    heading(file, graph),
    ...(stage === "development" ? [] : ["replicaCount: 2", ""]),
    "image:",
    `  repository: ${image.repository}`,
    `  tag: ${JSON.stringify(image.tag)} # Updated by CI pipeline`,
    ...(image.digest === undefined ? [] : [`  digest: ${JSON.stringify(image.digest)}`]),
    "",
    "resources:",
    "  requests:",
    "    cpu: 100m",
    "    memory: 128Mi",
    "  limits:",
    ...(resources.cpuLimit === "required" ? ["    cpu: 500m"] : []),
    "    memory: 256Mi",
    "",
  ].join("\n");
}

function heading({ environment, service }: ValuesFile, graph: EnvironmentGraph): string {
  const live = graph.approved.includes(environment)
    ? `A change here is deployed when its release into env/${environment} is approved.`
    : "Every commit to this file is deployed at once.";
  return `# The service ${service} in ${environment}. ${live}`;
}

/** The keys that belong to one service alone: its hosts, its secrets, its identity and what it alone may. */
const NOT_COPIED = ["ingress", "gateway", "envFromSecrets", "externalSecrets", "serviceAccount", "exceptions"];

/** The values of another service as the first values of a new one. */
export interface CopiedValues {
  readonly text: string;
  /** Which of {@link NOT_COPIED} the other service has. */
  readonly left: readonly string[];
}

/**
 * Copies another service's values with their comments.
 * @param text A values file without ambiguities.
 * @param image Undefined: the other service's.
 */
export function copiedValues(
  text: string,
  { file, image, graph }: Pick<FirstValues, "file" | "graph"> & { readonly image: NamedImage | undefined },
): CopiedValues {
  const document = parseDocument(text);
  document.commentBefore = null;
  if (isMap(document.contents)) {
    document.contents.commentBefore = null;
    const [first] = document.contents.items;
    if (first && isScalar(first.key)) first.key.commentBefore = null;
  }
  const left = NOT_COPIED.filter((key) => document.delete(key));
  if (image) {
    document.setIn(["image", "repository"], image.repository);
    setText(document, ["image", "tag"], image.tag);
    if (image.digest === undefined) document.deleteIn(["image", "digest"]);
    else setText(document, ["image", "digest"], image.digest);
  }
  return { text: `${heading(file, graph)}\n${document.toString({ lineWidth: 0 })}`, left };
}

/** Sets a text in quotes, and keeps the comment after it. */
function setText(document: ReturnType<typeof parseDocument>, path: readonly string[], text: string): void {
  const present: unknown = document.getIn(path, true);
  const scalar = new Scalar<string>(text);
  scalar.type = "QUOTE_DOUBLE";
  if (isScalar(present)) scalar.comment = present.comment;
  document.setIn(path, scalar);
}
