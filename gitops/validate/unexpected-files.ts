import { findEnvironment } from "../../environments/catalogue";
import { CODE_OWNERS_PATH, parseValuesPath } from "../../contract/paths";
import { type Candidate, environmentOf } from "./candidate";
import type { Problem } from "./report";

/**
 * Refuses files that other programs than Helm read by their name alone: nobody looks for them in a review, what is
 * rendered here does not show them, and Argo CD or Git then applies something else. On `main` also every new path that
 * the platform has no use for.
 *
 * Only what a change touches is looked at. A file that got onto the branch before, for example with an adopted
 * repository, stays as it is: each further change of one that such a program reads is refused. Deleting any file is
 * fine.
 */
export function unexpectedFiles({ branch, changes }: Pick<Candidate, "branch" | "changes">): Problem[] {
  return changes
    .filter(({ blob }) => blob !== undefined)
    .flatMap(({ path, before }): Problem[] => {
      const reader = readerOf(path);
      if (reader !== undefined) {
        const message = `Got a file that ${reader} reads by its name; expected none. Delete it: charts and values say what is deployed.`;
        return [{ file: path, message }];
      }
      // An environment's branch has rules of its own. What an adopted repository has already may change.
      if (environmentOf(branch) !== undefined || before !== undefined || isExpected(path)) return [];
      const message =
        "Got a path that the platform does not read; expected environments/<environment>/<service>.yaml, charts/**, .github/**, docs/**, " +
        "gitops.yaml or a document such as README.md. Put it there, or into another repository.";
      return [{ file: path, message }];
    });
}

/** By name, as {@link folded} writes it, who reads a file or folder wherever it is. */
const READERS: readonly [name: RegExp, reader: string][] = [
  // .argocd-source.yaml and .argocd-source-<application>.yaml override the Application's parameters;
  // .argocd-allow-concurrency and others are switches.
  [/^\.argocd/, "Argo CD"],
  // Attributes change what a checkout has, modules and LFS fetch more. `git~1` is what Windows calls `.git`.
  [/^(\.git(?!ignore$)|git~\d)/, "Git"],
  [/^\.lfsconfig$/, "Git LFS"],
  [/^kustomization(\.ya?ml)?$/, "Kustomize"],
  [/\.(jsonnet|libsonnet)$/, "Jsonnet"],
  [/^\.helmignore$/, "Helm"],
  [/^codeowners$/, "GitHub"],
];

/** What has such a name and is looked for where it is. */
const KNOWN = /^(\.github\/.+|charts\/[^/]+\/\.helmignore)$/;

function readerOf(path: string): string | undefined {
  if (path === CODE_OWNERS_PATH) return undefined;
  const names = path.split(/[\\/]/);
  // Of a path that is expected only what is below the folder is looked at.
  const rest = KNOWN.test(path) ? names.slice(path.startsWith(".github/") ? 1 : names.length) : names;
  return READERS.find(([name]) => rest.some((each) => name.test(folded(each))))?.[1];
}

/**
 * A name as the least exact file system takes it: letters of any case and width, without what does not show, and
 * without dots and spaces at its end.
 */
function folded(name: string): string {
  return name
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{Cc}\p{Mn}\ufffd]/gu, "")
    .replace(/:.*$/, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
}

function isExpected(path: string): boolean {
  const values = parseValuesPath(path);
  if (values) return findEnvironment(values.environment) !== undefined;
  return /^(charts|\.github|docs)\/.+$|^(gitops\.yaml|gitops\.schema\.json|\.gitignore|LICENSE|[^/]+\.md)$/.test(path);
}
