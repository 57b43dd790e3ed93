import { catalogueBranch } from "@gitops-platform/contract/branches";
import { declarationPath, isServiceName, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { parseValuesPath, VALUES, type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { describeSource, isServiceChart, SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { suggest } from "@gitops-platform/contract/problems";
import { parseValues } from "@gitops-platform/contract/values/parse";
import { movingProblem } from "@gitops-platform/rules/tags";
import { withFiles } from "../git/commits";
import { MAIN } from "../git/refs";
import { teamProblem } from "../github/approvals";
import type { Waiting } from "../polling";
import { readRules } from "../rules";
import type { Session } from "../session";
import { newProblems, type Plan, proposeChange, requirePerson, type ServiceOutcome } from "./change";
import { readDeclarations } from "./declaration";
import { declarationText, type NewDeclaration } from "@gitops-platform/contract/declaration-text";
import { sourceAt } from "./rendering";
import { copiedValues, firstValues, type NamedImage, parseImage } from "./first-values";

/** A service to add. */
export interface AddOrder extends NewDeclaration {
  readonly service: string;
  /** `<repository>:<tag>`, with an optional `@<digest>`. Undefined: that of the service to copy from. */
  readonly image: string | undefined;
  /** The service whose values are copied; undefined: the shortest values that the chart accepts. */
  readonly from: string | undefined;
}

/**
 * Opens a pull request that adds a service: its declaration, its values in each environment, and the objects that
 * deliver it. Repeating it changes nothing.
 * @throws {Failure} with every problem.
 */
export async function addService(session: Session, order: AddOrder, waiting: Waiting): Promise<ServiceOutcome> {
  const { service } = order;
  requirePerson(session);
  if (isServiceName(service) && (await isDeclared(session, order))) {
    return { service, state: "already", summary: subjectOf(order) };
  }
  const { problems, image } = await judge(session, order);
  const values = await valuesOf(session, order, image, problems);
  if (problems.length > 0) throw new Failure(...problems);
  const left = [...new Set(values.flatMap((each) => each.left))];
  const texts = new Map([
    [declarationPath(service), declarationText(order)],
    ...values.map(({ path, text }) => [path, text] as const),
  ]);
  const plan = (): Promise<Plan> =>
    Promise.resolve({ service, texts, subject: subjectOf(order), body: bodyOf(session, order, left) });
  return proposeChange(session, catalogueBranch("add", service), plan, waiting);
}

function subjectOf({ service, environments }: AddOrder): string {
  return `Add ${service} to ${environments.join(", ")}`;
}

/** Whether `main` declares the service as it is ordered. Its values may have changed since it was added. */
async function isDeclared({ clone, graph }: Session, order: AddOrder): Promise<boolean> {
  const { declarations } = await readDeclarations(clone, MAIN, graph);
  const found = declarations.find(({ name }) => name === order.service);
  if (!found) return false;
  const same = (one: readonly string[], other: readonly string[]) =>
    [...one].sort().join() === [...other].sort().join();
  if (
    found.team === order.team &&
    same(found.groups, order.groups) &&
    same(found.environments, order.environments) &&
    isSamePlace(found, order)
  ) {
    return true;
  }
  const path = declarationPath(order.service);
  throw new Failure(
    `service: got ${order.service}, which ${path} declares in another way; expected a new service. Change that file by a pull request.`,
  );
}

function isSamePlace(found: ServiceDeclaration, { service, namespace, joins }: AddOrder): boolean {
  if (found.joins !== joins) return false;
  return joins !== undefined || found.namespace === (namespace ?? service);
}

/** Everything that is wrong with an order. */
async function judge(session: Session, order: AddOrder) {
  const { clone, graph } = session;
  const { service, environments, team, image: name, from } = order;
  const problems: string[] = [];
  if (!isServiceName(service)) problems.push(nameProblem(service));
  for (const environment of environments.filter((each) => !graph.has(each))) {
    const rule = `one of ${graph.names.join(", ")}`;
    problems.push(`env: got ${JSON.stringify(environment)}; expected ${rule}. ${suggest(environment, graph.names)}`);
  }
  if (environments.length === 0) problems.push(`env: got nothing; expected an environment. Add --env ${graph.entry}.`);
  const missing = await teamProblem(session, team);
  if (missing !== undefined) problems.push(missing);
  const read = name === undefined ? undefined : parseImage(name);
  if (read && "problem" in read) problems.push(read.problem);
  const image = read && "image" in read ? read.image : undefined;
  const moving = image && movingProblem(image, (await readRules(clone)).tags);
  if (moving !== undefined) problems.push(`image.${moving}`);
  if (name === undefined && from === undefined) {
    problems.push("image: got nothing; expected <repository>:<tag>, or a service to copy. Add --image, or --from.");
  }
  problems.push(...(await catalogueProblems(session, order, missing === undefined)));
  if (isServiceName(service)) {
    const values = (await clone.list(MAIN, VALUES)).filter((path) => parseValuesPath(path)?.service === service);
    for (const path of values) {
      problems.push(`service: got ${service}, which has ${path} already; expected a new service. Choose another name.`);
    }
  }
  return { problems, image };
}

/** What is wrong with the declaration beside the others, except what is reported of the arguments already. */
async function catalogueProblems(session: Session, order: AddOrder, isTeam: boolean): Promise<string[]> {
  const environments = order.environments.filter((environment) => session.graph.has(environment));
  if (!isServiceName(order.service) || environments.length === 0) return [];
  const text = declarationText({ ...order, environments, ...(!isTeam && { team: "unknown" }) });
  const path = declarationPath(order.service);
  return newProblems(session, MAIN, await withFiles(session.clone, MAIN, new Map([[path, text]])));
}

function nameProblem(service: string): string {
  const rule =
    "at most 53 lower-case letters, digits and hyphens, a letter first, no hyphen last, not charts or catalogue";
  return `service: got ${JSON.stringify(service)}; expected ${rule}. Choose another name.`;
}

interface Values {
  readonly path: string;
  readonly text: string;
  /** The keys that were not copied. */
  readonly left: readonly string[];
}

const OTHER_SOURCES = "Name another; with another source, open the pull request by hand: docs/adding-a-service.md.";

/** The values in each environment. Adds what is wrong with the service to copy from to the problems. */
async function valuesOf(
  session: Session,
  order: AddOrder,
  image: NamedImage | undefined,
  problems: string[],
): Promise<Values[]> {
  const { clone, graph } = session;
  const { service, environments, from } = order;
  const { resources } = await readRules(clone);
  const values: Values[] = [];
  const copied = from === undefined ? SERVICE_SOURCE : await sourceAt(clone, MAIN, from);
  if (!isServiceChart(copied)) {
    const got = `from: got ${from ?? ""}, whose source is ${describeSource(copied)}`;
    problems.push(`${got}; expected a service with the service chart. ${OTHER_SOURCES}`);
    return values;
  }
  for (const environment of environments.filter((name) => graph.has(name))) {
    const file = { environment, service };
    const path = valuesPath(file, SERVICE_SOURCE);
    if (from === undefined) {
      // Without an image, that is a problem already.
      if (image) values.push({ path, text: firstValues({ file, image, graph, resources }), left: [] });
      continue;
    }
    const source = await sourceOf(session, { environment, service: from });
    if (source === undefined) {
      const expected = `a service with values in ${environment}`;
      problems.push(
        `from: got ${from}, which has none there; expected ${expected}. Name another, or leave --from out.`,
      );
      continue;
    }
    try {
      parseValues(source.text, source.path);
      values.push({ path, ...copiedValues(source.text, { file, graph, image }) });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      problems.push(`from: ${error.message}`);
    }
  }
  return values;
}

/**
 * A service's values in an environment. Where it has none, those of the environment that mirrors this one, or that this
 * one mirrors.
 */
async function sourceOf({ clone, graph }: Session, { environment, service }: ValuesFile) {
  const mirrors = graph.mirrors.flatMap(({ trial, production }) =>
    trial === environment ? [production] : production === environment ? [trial] : [],
  );
  for (const each of [environment, ...mirrors]) {
    const path = valuesPath({ environment: each, service }, SERVICE_SOURCE);
    const text = await clone.read(MAIN, path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

function bodyOf({ graph }: Session, order: AddOrder, left: readonly string[]): string[] {
  const { service, team, environments, joins, namespace = service, from } = order;
  const place = joins === undefined ? `the namespace \`${namespace}\`` : `the namespace of \`${joins}\``;
  const waits = environments.filter((name) => graph.approved.includes(name));
  const others = environments.filter((name) => graph.followingMain.includes(name));
  return [
    `Adds the service \`${service}\` of the team \`${team}\` to ${environments.join(", ")}, in ${place}.`,
    ...(from === undefined ? [] : [`Its values are those of \`${from}\`.`]),
    ...(left.length === 0
      ? []
      : [`These belong to \`${from ?? ""}\` alone and were left out: ${left.map((key) => `\`${key}\``).join(", ")}.`]),
    ...(others.length === 0 ? [] : [`Once this is merged, Argo CD creates it in ${others.join(", ")}.`]),
    ...(waits.length === 0
      ? []
      : [`${waits.join(", ")}: the workflow Release then opens its release, which needs an approval.`]),
  ];
}
