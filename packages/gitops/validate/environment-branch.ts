import { parse } from "yaml";
import type { Approvers } from "@gitops-platform/components/repository/written-files";
import {
  APPROVERS_PATH,
  CHARTS,
  CODE_OWNERS_PATH,
  parseManifestsPath,
  parseValuesPath,
} from "@gitops-platform/contract/paths";
import { isMap } from "@gitops-platform/contract/values/plain";
import { Failure } from "@gitops-platform/contract/failure";
import { MAIN } from "../git/refs";
import { parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import { type Candidate, environmentOf } from "./candidate";
import { isDeliveryFile } from "./catalogue";
import type { FileProblem } from "@gitops-platform/rules/entry";

/** The only workflow that runs from `env/<name>`. `gitops platform` keeps it up to date. */
const REVIEW = ".github/workflows/review.yaml";

/**
 * Refuses what may not be merged into `env/<name>`: files that the environment does not read, and a change of its
 * approvers together with other changes.
 */
export function environmentBranch({
  branch,
  changes,
  graph,
}: Pick<Candidate, "branch" | "changes" | "graph">): FileProblem[] {
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const paths = [
    ...[
      `environments/${environment}/<service>.yaml or <service>/kustomization.yaml`,
      "services/<service>.yaml",
      `${CHARTS}/**`,
    ],
    ...[`delivery/${environment}/<service>.yaml`, "manifests/<service>/manifests.yaml"],
  ].join(", ");
  const problems = changes
    // Files that came from main when the branch was created may be deleted.
    .filter(
      ({ path, blob }) => blob !== undefined && !isRead(path, environment) && !isDeliveryFile(path, branch, graph),
    )
    .map(({ path }): FileProblem => {
      const expected = `one that ${branch} takes: ${paths}, ${CODE_OWNERS_PATH}, ${REVIEW} or README.md`;
      return { file: path, message: `Got this file; expected ${expected}. Change it on main.` };
    });
  if (changes.length > 1 && changes.some(({ path }) => path === CODE_OWNERS_PATH)) {
    const message =
      "Got other files beside it; expected none, because it says who approves. " +
      "Put it into a pull request without anything else.";
    problems.push({ file: CODE_OWNERS_PATH, message });
  }
  return problems;
}

function isRead(path: string, environment: string): boolean {
  return (
    path.startsWith(`${CHARTS}/`) ||
    parseValuesPath(path)?.environment === environment ||
    parseManifestsPath(path) !== undefined ||
    parseDeclarationPath(path) !== undefined ||
    [CODE_OWNERS_PATH, REVIEW, "README.md"].includes(path)
  );
}

/**
 * Checks CODEOWNERS on `env/<name>`, which determines who approves. It must be what `gitops platform` writes: one rule,
 * for all files, with approvers from the settings. If `main` has no list of approvers yet, only the form is checked.
 */
export async function environmentOwners(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, tree, branch, changes } = candidate;
  const environment = environmentOf(branch);
  const change = changes.find(({ path }) => path === CODE_OWNERS_PATH);
  if (environment === undefined || change === undefined) return [];
  const text = change.blob === undefined ? undefined : await clone.read(tree, CODE_OWNERS_PATH);
  const published = await clone.read(MAIN, APPROVERS_PATH);
  const approvers = published === undefined ? undefined : (parseApprovers(published)[environment] ?? []);
  return ownersProblems(branch, text, approvers).map((message) => ({
    file: CODE_OWNERS_PATH,
    message,
  }));
}

/** Checks the text of CODEOWNERS; undefined if the file is removed. */
export function ownersProblems(
  branch: string,
  text: string | undefined,
  approvers: readonly string[] | undefined,
): string[] {
  const wayOut =
    "Change repository.approvers in the settings, and let gitops platform open the pull requests. " +
    "Merge the one into main first; then close and reopen this one, so that it is checked again.";
  if (text === undefined)
    return [`Got nothing; expected the approvers of ${branch}: anybody could let changes in. ${wayOut}`];
  // Only lines that every reader of the file ignores are ignored here.
  const [rule = "", ...others] = text.split("\n").filter((line) => !/^(#.*)?$/.test(line));
  if (others.length > 0 || !/^\*( @[\w./-]+)+$/.test(rule)) {
    return [`Got other lines than gitops platform writes; expected one, "* <approvers>", besides comments. ${wayOut}`];
  }
  const owners = rule.split(" @").slice(1);
  const known = approvers?.map((name) => name.toLowerCase());
  return owners
    .filter((owner) => known?.includes(owner.toLowerCase()) === false)
    .map((owner) => `Got the owner @${owner}; expected one of ${approvers?.join(", ")}. ${wayOut}`);
}

/** Parses the list of approvers. Throws {@link Failure} for any other form, which must not count as an empty list. */
export function parseApprovers(text: string): Approvers {
  try {
    const value: unknown = parse(text);
    const isNames = (names: unknown) => Array.isArray(names) && names.every((name) => typeof name === "string");
    if (isMap(value) && Object.values(value).every(isNames)) return value as Approvers;
  } catch {
    // Not YAML: reported below.
  }
  throw new Failure(
    `${APPROVERS_PATH}: got something else; expected approvers by environment. ` +
      "Bring the platform's file again: gitops platform.",
  );
}
