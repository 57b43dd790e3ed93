import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { CODE_OWNERS_PATH, parseValuesPath } from "@gitops-platform/contract/paths";
import { parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import { FILE_MODES } from "../chart/folder";
import { type Candidate, environmentOf } from "./candidate";
import { isDeliveryFile } from "./catalogue";
import type { FileProblem } from "@gitops-platform/rules/entry";

/**
 * Refuses files that Argo CD, Git and other programs find by their names. Reviewers do not expect them, the rendered
 * diff does not show them, and they change what is deployed. On `main`, new paths that the platform does not use are
 * refused as well.
 *
 * Only changed files are checked, so earlier ones, for example in an adopted repository, may stay but not change.
 * Deleting any file is permitted.
 */
export function unexpectedFiles({
  branch,
  changes,
  graph,
}: Pick<Candidate, "branch" | "changes" | "graph">): FileProblem[] {
  return changes
    .filter(({ blob }) => blob !== undefined)
    .flatMap(({ path, before }): FileProblem[] => {
      const reader = readerOf(path);
      if (reader !== undefined) {
        const message =
          `Got a file that ${reader} reads by its name; expected none. ` +
          "Delete it: charts and values say what is deployed.";
        return [{ file: path, message }];
      }
      // Approval branches have their own check of paths. Existing files of an adopted repository may change.
      if (environmentOf(branch) !== undefined || before !== undefined || isExpected(path, graph)) return [];
      const message =
        "Got a path that the platform does not read; expected environments/<environment>/<service>.yaml or " +
        "<service>/kustomization.yaml, services/<service>.yaml, delivery/<environment>/<service>.yaml of an " +
        "environment that follows main, charts/**, .github/**, docs/**, gitops.yaml or a document such as " +
        "README.md. Put it there, or into another repository.";
      return [{ file: path, message }];
    });
}

/** The programs that read a file or folder in any place by its name, in the form of {@link folded}. */
const READERS: readonly [name: RegExp, reader: string][] = [
  // .argocd-source.yaml and .argocd-source-<application>.yaml override the Application's parameters;
  // .argocd-allow-concurrency and others are switches.
  [/^\.argocd/, "Argo CD"],
  // Attributes change the content of a checkout; modules and LFS fetch more. `git~1` is the short name of `.git` on
  // Windows.
  [/^(\.git(?!ignore$)|git~\d)/, "Git"],
  [/^\.lfsconfig$/, "Git LFS"],
  [/^kustomization(\.ya?ml)?$/, "Kustomize"],
  [/\.(jsonnet|libsonnet)$/, "Jsonnet"],
  [/^\.helmignore$/, "Helm"],
  [/^codeowners$/, "GitHub"],
];

/** Paths with such a name that are expected. The service chart is no base. */
const KNOWN = new RegExp(
  [
    /^\.github\/.+$/,
    /^charts\/[^/]+\/\.helmignore$/,
    /^charts\/(?!service\/)[^/]+\/(.+\/)?kustomization\.yaml$/,
    /^environments\/[^/]+\/[^/]+\/kustomization\.yaml$/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

function readerOf(path: string): string | undefined {
  if (path === CODE_OWNERS_PATH) return undefined;
  const names = path.split(/[\\/]/);
  // In an expected path, only the other names are checked.
  const rest = KNOWN.test(path) ? (path.startsWith(".github/") ? names.slice(1) : names.slice(0, -1)) : names;
  return READERS.find(([name]) => rest.some((each) => name.test(folded(each))))?.[1];
}

/**
 * Normalizes a name like the least strict file systems: without case, width, invisible characters, and trailing dots
 * and spaces.
 */
function folded(name: string): string {
  return name
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{Cc}\p{Mn}\ufffd]/gu, "")
    .replace(/:.*$/, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
}

function isExpected(path: string, graph: EnvironmentGraph): boolean {
  const values = parseValuesPath(path);
  if (values) return graph.has(values.environment);
  if (parseDeclarationPath(path) !== undefined || isDeliveryFile(path, "main", graph)) return true;
  return (
    /^(charts|\.github|docs)\/.+$/.test(path) ||
    /^(gitops\.yaml|(gitops|service)\.schema\.json|\.gitignore|LICENSE|[^/]+\.md)$/.test(path)
  );
}

/** Refuses symbolic links and submodules: Helm would follow them to the machine's own files or other repositories. */
export function links({ changes }: Candidate): FileProblem[] {
  return changes
    .filter(({ mode }) => mode !== undefined && !FILE_MODES.includes(mode))
    .map(({ path, mode }) => {
      const got = mode === "160000" ? "a submodule" : "a symbolic link";
      return { file: path, message: `Got ${got}; expected a file. Put the content itself there.` };
    });
}
