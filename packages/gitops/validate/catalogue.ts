import {
  declarationPath,
  DELIVERY,
  DELIVERY_POLICY_PATH,
  DELIVERY_README,
  deliveryFolder,
  deliveryPath,
  parseDeclarationPath,
  parseDeliveryPath,
  SERVICES,
  type ServiceDeclaration,
} from "@gitops-platform/contract/catalogue";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import {
  ENVIRONMENTS_PATH,
  parseValuesPath,
  VALUES,
  type ValuesFile,
  valuesPath,
  valuesPaths,
} from "@gitops-platform/contract/paths";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { readDeclarations } from "../catalogue/declaration";
import { deliveryFiles } from "../catalogue/delivery";
import { policyAt } from "../catalogue/policy";
import { FILE_MODES, type TreeEntry, treeEntries } from "../chart/folder";
import { MAIN } from "../git/refs";
import { type Candidate, environmentOf } from "./candidate";
import { stepProblems } from "../catalogue/steps";

/**
 * Checks the catalogue as a change leaves it: no other files where Argo CD reads, declarations without problems, values
 * where a service runs and nowhere else, and rendered files that are what declarations and delivery policy give.
 */
export async function catalogue(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, branch, tree, graph } = candidate;
  const entries = await treeEntries(clone, tree, [DELIVERY]);
  const others = otherFiles(candidate, entries);
  const touched = touchedBy(candidate);
  if (touched.services.size === 0 && !touched.all) return others;
  const own = environmentOf(branch);
  const { declarations, problems } = await readDeclarations(clone, tree, graph, own);
  if (own === undefined && problems.length > 0) return [...others, ...problems];
  // On an environment's branch, a joining service keeps its owner's namespace of its last release. Its own next release
  // updates it.
  const isTouched = ({ name, joins = name }: Pick<ServiceDeclaration, "name" | "joins">) =>
    touched.all || touched.services.has(name) || (own === undefined && touched.services.has(joins));
  const values = [
    ...(await valuesProblems(candidate, declarations.filter(isTouched))),
    ...(await undeclaredValues(candidate, declarations, touched.services)),
  ];
  const names = [...declarations, ...namesIn(entries).map((name) => ({ name }))].filter(isTouched);
  const services = [...new Set(names.map(({ name }) => name))].sort();
  const said = new Set(others.map(({ file }) => file));
  const content = await otherContent(candidate, declarations, services);
  return [...others, ...values, ...content.filter(({ file }) => !said.has(file))];
}

/** The environments whose rendered files are on a branch. */
function environmentsOn(branch: string, graph: EnvironmentGraph): string[] {
  const environment = environmentOf(branch);
  return environment === undefined ? graph.followingMain : [environment];
}

/** Whether a branch may have a file below `delivery/`. */
export function isDeliveryFile(path: string, branch: string, graph: EnvironmentGraph): boolean {
  const environment = environmentOf(branch);
  const folders = environment === undefined ? graph.names : [environment];
  const service = parseDeliveryPath(path);
  if (service) return environmentsOn(branch, graph).includes(service.environment);
  return folders.some((name) => path === `${deliveryFolder(name)}/${DELIVERY_README}`);
}

/**
 * Finds everything else in the folders that Argo CD reads, whether or not the change brings it: a link in place of a
 * folder or file leads elsewhere, and a chart or a kustomization would be rendered.
 */
function otherFiles({ branch, graph }: Candidate, entries: readonly TreeEntry[]): FileProblem[] {
  const folders = environmentsOn(branch, graph).map(deliveryFolder);
  return entries
    .filter(({ path }) => folders.some((folder) => `${path}/`.startsWith(`${folder}/`) || path === DELIVERY))
    .filter(({ path, mode }) => !FILE_MODES.includes(mode) || !isDeliveryFile(path, branch, graph))
    .map(({ path }) => ({
      file: path,
      message: `Got something that Argo CD may read; expected files ${deliveryPath(ANY)} alone. Remove it.`,
    }));
}

const ANY = { environment: "<environment>", service: "<service>" };

interface Touched {
  /** Whether all rendered files may have to change. */
  readonly all: boolean;
  readonly services: ReadonlySet<string>;
}

/** The services whose declarations or rendered files a change touches, or whose values it adds or removes. */
function touchedBy({ branch, changes, graph }: Candidate): Touched {
  const environments = environmentsOn(branch, graph);
  const services = changes.flatMap(({ path, blob, before }) => {
    const isNewOrGone = blob === undefined || before === undefined;
    const delivered = parseDeliveryPath(path);
    if (delivered) return environments.includes(delivered.environment) ? [delivered.service] : [];
    const named = isNewOrGone ? parseValuesPath(path)?.service : undefined;
    return parseDeclarationPath(path) ?? named ?? [];
  });
  // A new bundle is not counted: the one of main runs here, and may render other files than the new one.
  const decisive = [DELIVERY_POLICY_PATH, ENVIRONMENTS_PATH];
  const all = branch === "main" && changes.some(({ path }) => decisive.includes(path));
  // A file in the folder that is no declaration is among the problems of reading them.
  const isInFolder = changes.some(({ path, blob }) => blob !== undefined && path.startsWith(`${SERVICES}/`));
  return { all: all || (isInFolder && services.length === 0), services: new Set(services) };
}

function namesIn(entries: readonly TreeEntry[]): string[] {
  return entries.flatMap(({ path }) => parseDeliveryPath(path)?.service ?? []);
}

/** Argo CD cannot render a service without values, and nothing deploys values of a service that does not run. */
async function valuesProblems(
  { clone, branch, tree, graph }: Candidate,
  declarations: readonly ServiceDeclaration[],
): Promise<FileProblem[]> {
  const own = environmentOf(branch);
  const environments = own === undefined ? graph.names : [own];
  const present = new Set(await clone.list(tree, VALUES));
  return declarations.flatMap((declaration) =>
    environments.flatMap((environment): FileProblem[] => {
      const { name: service } = declaration;
      const values = valuesPath({ environment, service }, declaration.source ?? SERVICE_SOURCE);
      const file = declarationPath(service);
      const runs = declaration.environments.includes(environment);
      if (runs === present.has(values)) return [];
      if (runs) {
        const fix = `Write ${values}, or take ${environment} out of the list.`;
        return [{ file, message: `environments: got ${environment}; expected environments with values. ${fix}` }];
      }
      if (declaration.retired.includes(environment)) {
        const reason = `${file} retires the service in ${environment}`;
        return [{ file: values, message: `Got values; expected none, because ${reason}. Delete the file.` }];
      }
      const fix = `Add ${environment} to environments there, or delete this file.`;
      return [{ file: values, message: `Got values; expected an environment that ${file} lists. ${fix}` }];
    }),
  );
}

/**
 * Refuses values of services without a declaration, because nothing delivers them. In a repository of an older version,
 * where stacks delivered services, those that were there without one may stay.
 */
async function undeclaredValues(
  { clone, branch, base, tree, graph }: Candidate,
  declarations: readonly ServiceDeclaration[],
  touched: ReadonlySet<string>,
): Promise<FileProblem[]> {
  const own = environmentOf(branch);
  const environments = own === undefined ? graph.names : [own];
  const services = [...touched].filter((service) => !declarations.some(({ name }) => name === service));
  const [before, after] = await Promise.all(
    [base, tree].map(async (revision) => new Set(await clone.list(revision, VALUES, SERVICES))),
  );
  const hasValues = (files: ReadonlySet<string> | undefined, file: ValuesFile) =>
    valuesPaths(file).some((path) => files?.has(path));
  return services.flatMap((service): FileProblem[] => {
    const file = declarationPath(service);
    const places = environments.filter((environment) => {
      const wasThere = hasValues(before, { environment, service }) && before?.has(file) !== true;
      return hasValues(after, { environment, service }) && !wasThere;
    });
    if (places.length === 0) return [];
    const got = after?.has(file) === true ? "Got other environments" : "Got nothing";
    const fix =
      own === undefined
        ? "Write it in the same pull request, or let gitops service add open one with both."
        : "Declare it on main; its release brings it here with the values.";
    return [
      { file, message: `${got}; expected a declaration of the service ${service} for ${places.join(", ")}. ${fix}` },
    ];
  });
}

/** Compares the rendered files of services with what they must be, byte by byte: Argo CD applies them. */
async function otherContent(
  { clone, branch, tree, graph, changes }: Candidate,
  declarations: readonly ServiceDeclaration[],
  services: readonly string[],
): Promise<FileProblem[]> {
  const isPolicyChanged = changes.some(({ path }) => path === DELIVERY_POLICY_PATH);
  if (services.length === 0 && !isPolicyChanged) return [];
  const policy = await policyAt(clone, branch === "main" ? tree : MAIN, graph);
  const environments = environmentsOn(branch, graph);
  const wanted = new Map(environments.flatMap((name) => [...deliveryFiles(name, declarations, policy)]));
  const paths = services.flatMap((service) => environments.map((name) => deliveryPath({ environment: name, service })));
  const present = await clone.readBlobs(paths.map((path) => `${tree}:${path}`));
  return paths.flatMap((path): FileProblem[] => {
    const problem = differenceOf(present.get(`${tree}:${path}`), wanted.get(path), environmentOf(branch));
    return problem ? [{ file: path, ...problem }] : [];
  });
}

/** How a file differs from what it must be; undefined if it does not. */
function differenceOf(
  got: string | undefined,
  wanted: string | undefined,
  environment: string | undefined,
): Omit<FileProblem, "file"> | undefined {
  if (got === wanted) return undefined;
  const option = environment === undefined ? "" : ` --env ${environment}`;
  const repair = `Run \`gitops service render${option}\` in a checkout of your branch, and commit what it writes.`;
  if (wanted === undefined) return { message: `Got a file; expected none, as no declaration calls for it. ${repair}` };
  if (got === undefined) return { message: `Got nothing; expected what the declaration gives. ${repair}` };
  const [lines, expected] = [got.split("\n"), wanted.split("\n")];
  const last = Math.max(lines.length, expected.length);
  let at = 0;
  while (at < last && lines[at] === expected[at]) at++;
  const [is, must] = [lines[at], expected[at]].map((text) => (text === undefined ? "the end" : JSON.stringify(text)));
  return { line: at + 1, message: `Got ${is}; expected ${must}, as the declaration gives it. ${repair}` };
}

/** Refuses changes of declarations on `main` after which objects would run that Argo CD no longer manages. */
export async function serviceSteps({ clone, branch, base, tree, changes, graph }: Candidate): Promise<FileProblem[]> {
  if (branch !== "main" || !changes.some(({ path }) => parseDeclarationPath(path) !== undefined)) {
    return [];
  }
  const [before, after] = await Promise.all([base, tree].map((revision) => readDeclarations(clone, revision, graph)));
  // Another check reports declarations that cannot be read.
  if (!before || !after || after.problems.length > 0) return [];
  const policy = await policyAt(clone, tree, graph);
  return stepProblems({ clone, graph, policy, main: base, before: before.declarations, after: after.declarations });
}
