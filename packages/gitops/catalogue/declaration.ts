import type { Node } from "yaml";
import {
  CATALOGUE,
  declarationPath,
  parseDeclarationPath,
  SERVICES,
  type ServiceDeclaration,
} from "@gitops-platform/contract/catalogue";
import { SKIPPED_BY_ARGOCD } from "@gitops-platform/contract/canonical";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { Failure } from "@gitops-platform/contract/failure";
import { CHARTS } from "@gitops-platform/contract/paths";
import { suggest } from "@gitops-platform/contract/problems";
import type { Source } from "@gitops-platform/contract/source";
import { parseYaml } from "@gitops-platform/contract/values/parse";
import {
  GROUP_RULE,
  isGroupName,
  isNamespaceName,
  isReservedGroup,
  isReservedNamespace,
  NAMESPACE_RULE,
} from "@gitops-platform/environments/names";
import { Entry, type FileProblem } from "@gitops-platform/rules/entry";
import { FILE_MODES, treeEntries } from "../chart/folder";
import { readSource, readProfile } from "./source";
import type { Clone } from "../git/clone";

/** The declared services, sorted by name. With problems, they must not be used. */
export interface Catalogue {
  readonly declarations: readonly ServiceDeclaration[];
  readonly problems: readonly FileProblem[];
}

/**
 * Reads and checks all declarations of a revision.
 * @param only The one environment that matters, see {@link parseDeclarations}.
 */
export async function readDeclarations(
  clone: Clone,
  revision: string,
  graph: EnvironmentGraph,
  only?: string,
): Promise<Catalogue> {
  const entries = (await treeEntries(clone, revision, [SERVICES])).filter(({ path }) => isDeclared(path));
  const links = entries.filter(({ mode }) => !FILE_MODES.includes(mode));
  const files = entries.filter(({ mode }) => FILE_MODES.includes(mode));
  const contents = await clone.readBytes(files.map(({ blob }) => blob));
  const read = parseDeclarations(
    new Map(files.map(({ path, blob }) => [path, textOf(path, contents.get(blob))])),
    graph,
    only,
  );
  const linked = links.map(({ path }): FileProblem => {
    return { file: path, message: "Got a symbolic link or submodule; expected a file. Put the content itself there." };
  });
  return { ...read, problems: [...linked, ...read.problems] };
}

/** Whether a path is a declaration, or looks like one. Other files in the folder, such as a README, may exist. */
function isDeclared(path: string): boolean {
  return path === SERVICES || /^services\/[^/]*\.(ya?ml|json)$/i.test(path);
}

/** The text of a file; undefined if it is not UTF-8. */
function textOf(path: string, bytes: Buffer | undefined): string | undefined {
  if (!bytes) throw new Failure(`${path}: got no content from the remote; expected it. Run it again.`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Parses and checks declarations together.
 * @param texts By path. Undefined for a file that is not UTF-8.
 * @param only The one environment that matters. Declarations on its branch may be older than those on `main`, as long
 *   as they give the same there. So what they say about others is ignored. Default: all matter.
 */
export function parseDeclarations(
  texts: ReadonlyMap<string, string | undefined>,
  graph: EnvironmentGraph,
  only?: string,
): Catalogue {
  const files = [...texts].map(([path, text]) => readFile(path, text, graph, only)).sort(byPath);
  const isIn = (draft: Draft) => only === undefined || environmentsOf(draft).length > 0;
  const drafts = new Map(
    files
      .filter(({ draft }) => !draft || isIn(draft))
      .map(({ path, draft }) => [parseDeclarationPath(path) ?? path, draft]),
  );
  const readable = [...drafts.values()].filter((draft) => draft !== undefined);
  checkNamespaces(readable);
  for (const draft of readable) checkJoins(draft, drafts);
  return {
    declarations: readable.map((draft) => declarationOf(draft, drafts)),
    problems: files.flatMap(({ problems }) => problems.sort(byPlace)),
  };
}

/** The keys of a declaration. */
export const KEYS = [
  "$schema",
  "team",
  "groups",
  "namespace",
  "joins",
  "profile",
  "source",
  "environments",
  "retired",
] as const;

/** What a file says, before the others are considered. */
interface Draft {
  readonly name: string;
  readonly team: string;
  readonly groups: readonly string[];
  readonly namespace: string | undefined;
  readonly joins: string | undefined;
  readonly profile: string | undefined;
  readonly source: Source | undefined;
  readonly environments: readonly string[];
  readonly retired: readonly string[];
  /** For the problems that the other files reveal. */
  readonly file: Entry;
  readonly entries: Partial<Record<(typeof KEYS)[number], Entry>>;
}

interface DeclarationFile {
  readonly path: string;
  /** Undefined for a file that cannot be read. */
  readonly draft: Draft | undefined;
  readonly problems: FileProblem[];
}

function readFile(
  path: string,
  text: string | undefined,
  graph: EnvironmentGraph,
  only: string | undefined,
): DeclarationFile {
  const unreadable = (...problems: FileProblem[]) => ({ path, draft: undefined, problems });
  const name = parseDeclarationPath(path);
  if (name === undefined) return unreadable({ file: path, message: NAME_PROBLEM });
  if (text === undefined) {
    return unreadable({ file: path, message: "Got bytes that are not UTF-8; expected text. Correct the file." });
  }
  const { root, lines, problems: invalid } = parseYaml(text);
  if (invalid.length > 0) return unreadable(...invalid.map((problem) => ({ file: path, ...problem })));
  const problems: FileProblem[] = [];
  const file = new Entry(root, "", { file: path, lines, problems });
  return { path, draft: readDraft(name, file, root, graph, only), problems };
}

const NAME_PROBLEM =
  `Got another name; expected ${declarationPath("<service>")} with a service's name: at most 53 lower-case letters, ` +
  `digits and hyphens, a letter first, no hyphen last, and neither ${CHARTS} nor ${CATALOGUE}. ` +
  "Rename or delete the file.";

function readDraft(
  name: string,
  file: Entry,
  root: Node | undefined,
  graph: EnvironmentGraph,
  only: string | undefined,
): Draft {
  const entries = file.keys(KEYS);
  if (root === undefined) file.problem("the declaration of a service", "Write its team and its environments.");
  checkSchema(entries.$schema);
  const places = { ...entries, file };
  return {
    name,
    team: root === undefined ? "" : readTeam(places),
    groups: readGroups(entries.groups),
    namespace: readNamespace(name, places),
    joins: entries.joins?.text("the name of a service", "Name the service that owns the namespace."),
    profile: readProfile(entries.profile),
    source: readSource(entries.source),
    ...readEnvironments(places, root === undefined, graph, only),
    file,
    entries,
  };
}

type Places = Draft["entries"] & { readonly file: Entry };

const SCHEMA = "../service.schema.json";

/** An editor would load another schema from wherever its address leads. */
function checkSchema(entry: Entry | undefined): void {
  const text = entry?.text(SCHEMA, "Write it so, or remove it.");
  if (text !== undefined && text !== SCHEMA) entry?.problem(SCHEMA, "Write it so, or remove it.");
}

const TEAM = /^[a-z0-9_]+(-+[a-z0-9_]+)*$/;

function readTeam({ team, file }: Places): string {
  const expected = "the name of a team of the GitHub organisation";
  const fix = "Write it as in github.com/orgs/<organisation>/teams/<team>.";
  if (!team) file.problem("a line with team", fix);
  const text = team?.text(expected, fix);
  if (text !== undefined && (!TEAM.test(text) || text.length > 100)) team?.problem(expected, fix);
  return text ?? "";
}

function readGroups(groups: Entry | undefined): string[] {
  const entries = groups?.list("Write the groups, such as [payments-team].") ?? [];
  const names = entries.flatMap((entry) => {
    const fix = "Write it as in the groups claim; with argocd.dex it is <organisation>:<team>.";
    const text = entry.text(GROUP_RULE, fix);
    if (text === undefined) return [];
    const isShown = !/\p{C}/u.test(text) && !text.includes(SKIPPED_BY_ARGOCD) && text.length <= 200;
    if (!isGroupName(text) || !isShown) entry.problem(GROUP_RULE, fix);
    else if (isReservedGroup(text)) entry.problem("a name that Argo CD does not reserve", "Rename the group.");
    return [text];
  });
  checkRepeated(entries, names);
  return names;
}

function checkRepeated(entries: readonly Entry[], names: readonly string[]): void {
  if (entries.length !== names.length) return;
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) entries[index]?.problem("each once", "Remove the second one.");
  }
}

function readNamespace(name: string, { namespace, joins, file }: Places): string | undefined {
  if (namespace && joins) {
    namespace.problem("either namespace or joins", "Remove one: a service that joins another lives in its namespace.");
    return undefined;
  }
  const text = namespace?.text(NAMESPACE_RULE, "Kubernetes accepts no other names for a namespace.");
  if (text !== undefined && !isNamespaceName(text)) {
    namespace?.problem(NAMESPACE_RULE, "Kubernetes accepts no other names for a namespace.");
  }
  if (joins === undefined && isReservedNamespace(text ?? name)) {
    const reserved = "argocd, default and kube-* are reserved";
    if (text === undefined) file.problem("another namespace than the service's name", `${reserved}: write namespace.`);
    else namespace?.problem("another namespace", `${reserved}.`);
  }
  return text;
}

function readEnvironments(
  { environments, retired, file }: Places,
  isEmpty: boolean,
  graph: EnvironmentGraph,
  only: string | undefined,
): Pick<Draft, "environments" | "retired"> {
  const example = `Write the environments, such as [${graph.entry}].`;
  if (!environments && !isEmpty) file.problem("a line with environments", example);
  const runs = readNames(environments?.list(example, "Write [] for none.") ?? [], graph, only);
  const ends = readNames(
    retired?.list(`Write the environments, such as [${graph.names.at(-1) ?? ""}].`) ?? [],
    graph,
    only,
  );
  for (const { entry, name } of ends) {
    if (!runs.some((other) => other.name === name)) continue;
    entry.problem("no environment of environments", "Remove it from one of the lists: it is retired, or it runs.");
  }
  if (environments && runs.length + ends.length === 0) {
    environments.problem("at least one environment here or below retired", "Name one, or delete the file.");
  }
  const names = (of: readonly Named[]) => of.map(({ name }) => name).filter((name) => (only ?? name) === name);
  return { environments: names(runs), retired: names(ends) };
}

interface Named {
  readonly entry: Entry;
  readonly name: string;
}

function readNames(entries: readonly Entry[], graph: EnvironmentGraph, only: string | undefined): Named[] {
  const expected = `one of ${graph.names.join(", ")}`;
  const named = entries.flatMap((entry): Named[] => {
    const name = entry.text(expected, "Name an environment.");
    if (name !== undefined && only === undefined && !graph.has(name))
      entry.problem(expected, suggest(name, graph.names));
    return name === undefined ? [] : [{ entry, name }];
  });
  checkRepeated(
    named.map(({ entry }) => entry),
    named.map(({ name }) => name),
  );
  return named;
}

/** A namespace has one owner, whose file has the namespace's limits. */
function checkNamespaces(drafts: readonly Draft[]): void {
  const owners = new Map<string, string>();
  for (const { name, namespace = name, joins, entries, file } of drafts) {
    if (joins !== undefined) continue;
    const other = owners.get(namespace);
    if (other === undefined) owners.set(namespace, name);
    else {
      const expected = `another namespace than ${namespace}, which the service ${other} owns`;
      (entries.namespace ?? file).problem(expected, `Write another namespace, or joins: ${other} instead of it.`);
    }
  }
}

function checkJoins({ joins, entries, environments, retired }: Draft, drafts: ReadonlyMap<string, Draft | undefined>) {
  if (joins === undefined) return;
  const owner = drafts.get(joins);
  if (!drafts.has(joins)) {
    entries.joins?.problem("a service of the catalogue", suggest(joins, [...drafts.keys()]));
  } else if (owner?.joins !== undefined) {
    entries.joins?.problem("a service that owns its namespace", `Name its owner: joins: ${owner.joins}.`);
  } else if (owner) {
    const missing = [...environments, ...retired].filter((each) => !environmentsOf(owner).includes(each));
    if (missing.length === 0) return;
    const fix = `Add them in ${declarationPath(joins)}, or remove them here.`;
    entries.joins?.problem(`a service that is in ${missing.join(", ")} too`, fix);
  }
}

/** The environments in which a service has its namespace. */
function environmentsOf({ environments, retired }: Pick<Draft, "environments" | "retired">): string[] {
  return [...environments, ...retired];
}

function declarationOf(
  { name, team, groups, namespace = name, joins, profile, source, environments, retired }: Draft,
  drafts: ReadonlyMap<string, Draft | undefined>,
): ServiceDeclaration {
  const own = { name, team, groups, ...(source && { source }), environments, retired };
  const rights = profile === undefined ? own : { ...own, profile };
  if (joins === undefined) return { ...rights, namespace };
  return { ...rights, namespace: drafts.get(joins)?.namespace ?? joins, joins };
}

function byPath(one: DeclarationFile, other: DeclarationFile): number {
  return one.path < other.path ? -1 : 1;
}

function byPlace(one: FileProblem, other: FileProblem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

/** A problem on one line, with its place. */
export function placed({ file, line, column, message }: FileProblem): string {
  const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined);
  return [...(place.length > 0 ? [place.join(":")] : []), message].join(": ");
}
