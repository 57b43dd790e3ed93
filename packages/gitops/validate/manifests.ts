import { MANIFESTS, manifestsPath, parseManifestsPath, type ValuesFile } from "@gitops-platform/contract/paths";
import { secretsIn } from "@gitops-platform/policy/secrets/secrets";
import { servicesAt } from "../chart/revision";
import { type Candidate, environmentOf } from "./candidate";
import type { FileProblem } from "@gitops-platform/rules/entry";

type WithFile = FileProblem & { readonly file: string };

/**
 * Refuses on `env/<name>` what would change the manifests that Argo CD applies: other files in their folder, attributes
 * that change the content of a checkout, and manifests of a service without values.
 */
export async function manifestFiles({ clone, branch, tree }: Candidate): Promise<FileProblem[]> {
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const [paths, { values, manifests }] = await Promise.all([clone.list(tree), servicesAt(clone, tree, environment)]);
  const others = paths.filter((path) => path.startsWith(`${MANIFESTS}/`) && parseManifestsPath(path) === undefined);
  const left = manifests.filter((service) => !values.includes(service)).map(manifestsPath);
  const only = `Got a file that Argo CD may read; expected ${manifestsPath("<service>")} alone. Remove it.`;
  const checkout = "Changes how Git checks files out: Argo CD would read other content than this. Remove it.";
  return [
    ...others.map((file) => ({ file, message: only })),
    ...(paths.includes(ATTRIBUTES) ? [{ file: ATTRIBUTES, message: checkout }] : []),
    ...left.map((file) => ({
      file,
      message: `Got manifests of a service without values; expected none. ${wayOut(environment, file)}`,
    })),
  ];
}

/** Only the one in the root matters here: below `manifests/` it is refused like any other file. */
const ATTRIBUTES = ".gitattributes";

/** Fetches the manifests for {@link otherManifests} with one request. */
export async function prefetchManifests({ clone, branch, tree }: Candidate, files: readonly ValuesFile[]) {
  if (environmentOf(branch) === undefined) return;
  await clone.prefetch(files.map(({ service }) => `${tree}:${manifestsPath(service)}`));
}

/**
 * Reports a difference between a service's manifests on `env/<name>` and what Helm renders from the same tree. They
 * must be equal byte by byte, because Argo CD applies the file.
 */
export async function otherManifests(
  { clone, branch, tree }: Candidate,
  service: string,
  rendered: string,
): Promise<WithFile[]> {
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const file = manifestsPath(service);
  const present = await clone.read(tree, file);
  if (present === rendered) return [];
  const way = wayOut(environment, file);
  if (present === undefined) return [{ file, message: `Got nothing; expected what Helm renders. ${way}` }];
  const [got, expected] = [present.split("\n"), rendered.split("\n")];
  const at = expected.findIndex((line, index) => line !== got[index]);
  const line = (at === -1 ? expected.length : at) + 1;
  const both = [got[line - 1] ?? "the end", expected[line - 1] ?? "the end"];
  if (both.some((text) => secretsIn(text).length > 0)) {
    return [{ file, line, message: `Got a secret; expected what Helm renders from this branch. ${way}` }];
  }
  const [is, wanted] = both.map((text) => JSON.stringify(text));
  return [{ file, line, message: `Got ${is}; expected ${wanted}, as Helm renders it from this branch. ${way}` }];
}

function wayOut(environment: string, file: string): string {
  const service = parseManifestsPath(file) ?? "";
  return (
    `Merge env/${environment} into your branch, run \`gitops render ${service} --env ${environment}\` there, ` +
    "and commit what it writes."
  );
}
