import { CODE_OWNERS_PATH } from "../../components/repository/code-owners";
import { Failure } from "../failure";
import { type Candidate, environmentOf } from "./candidate";
import type { Problem } from "./problem";

/** By environment, who approves its changes according to the platform's settings. */
export type Approvers = Readonly<Partial<Record<string, readonly string[]>>>;

/**
 * On `env/<name>` CODEOWNERS decides who approves, so it stays what `gitops platform` writes: one rule, for everything, that names approvers of the settings.
 * @param approvers The settings'; undefined where they are not known: then only the file's form is judged.
 */
export async function environmentOwners(candidate: Candidate, approvers?: Approvers): Promise<Problem[]> {
  const { clone, tree, branch, changes } = candidate;
  const environment = environmentOf(branch);
  const change = changes.find(({ path }) => path === CODE_OWNERS_PATH);
  if (environment === undefined || change === undefined) return [];
  const text = change.blob === undefined ? undefined : await clone.read(tree, CODE_OWNERS_PATH);
  return ownersProblems(branch, text, approvers && (approvers[environment] ?? [])).map((message) => ({
    file: CODE_OWNERS_PATH,
    message,
  }));
}

/** The same for the file's text; undefined: it is removed. */
export function ownersProblems(
  branch: string,
  text: string | undefined,
  approvers: readonly string[] | undefined,
): string[] {
  const wayOut = "Change repository.approvers in the settings, and let gitops platform open the pull request.";
  if (text === undefined)
    return [`Got nothing; expected the approvers of ${branch}: anybody could let changes in. ${wayOut}`];
  // Only what every reader of the file takes for nothing is passed over.
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

/**
 * Reads approvers from what the platform's program publishes, as JSON; undefined where it publishes nothing.
 * @throws {Failure} where the text is not that.
 */
export function parseApprovers(text: string | undefined): Approvers | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
    const isNames = (names: unknown) => Array.isArray(names) && names.every((name) => typeof name === "string");
    if (isMap && Object.values(value).every(isNames)) return value as Approvers;
  } catch {
    // Not JSON: said below.
  }
  throw new Failure(
    `GITOPS_APPROVERS: got ${JSON.stringify(text)}; expected approvers by environment, as JSON. Run pulumi up, which writes the variable APPROVERS.`,
  );
}
