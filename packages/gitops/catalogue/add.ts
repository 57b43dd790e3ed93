import { catalogueBranch } from "@gitops-platform/contract/branches";
import { declarationPath, isServiceName, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
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

/** A service to add. Without environments, those in which it has values already. */
export interface AddOrder extends NewDeclaration {
  readonly service: string;
  /** `<repository>:<tag>`, with an optional `@<digest>`. Undefined: that of the service to copy from. */
  readonly image: string | undefined;
  /** The service whose values are copied; undefined: the shortest values that the chart accepts. */
  readonly from: string | undefined;
}

/** An order, and where the service has values already: a stack of an older version may deliver it there. */
interface PlacedOrder extends AddOrder {
  readonly places: readonly string[];
}

/**
 * Opens a pull request that adds a service: its declaration, its values in each environment, and the objects that
 * deliver it. Values that are there already stay as they are. Repeating it changes nothing.
 * @throws {Failure} with every problem.
 */
export async function addService(session: Session, ordered: AddOrder, waiting: Waiting): Promise<ServiceOutcome> {
  const { service } = ordered;
  requirePerson(session);
  const declared = isServiceName(service) ? await declaredAs(session, ordered) : undefined;
  if (declared) return { service, state: "already", summary: subjectOf({ ...declared, service, places: [] }) };
  const order = await placed(session, ordered);
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

function subjectOf({ service, environments, places }: Pick<PlacedOrder, "service" | "environments" | "places">) {
  const where = environments.join(", ");
  return places.length > 0 ? `Declare ${service} in ${where}` : `Add ${service} to ${where}`;
}

async function placed({ clone, graph }: Session, order: AddOrder): Promise<PlacedOrder> {
  const files = (await clone.list(MAIN, VALUES)).map(parseValuesPath);
  const places = graph.names.filter((name) =>
    files.some((file) => file?.service === order.service && file.environment === name),
  );
  return { ...order, places, environments: order.environments.length > 0 ? order.environments : places };
}

/**
 * The declaration of the service on `main`; undefined if there is none. Its values may have changed since.
 * @throws {Failure} if it says something else than the order.
 */
async function declaredAs({ clone, graph }: Session, order: AddOrder): Promise<ServiceDeclaration | undefined> {
  const { declarations } = await readDeclarations(clone, MAIN, graph);
  const found = declarations.find(({ name }) => name === order.service);
  if (!found) return undefined;
  const same = (one: readonly string[], other: readonly string[]) =>
    [...one].sort().join() === [...other].sort().join();
  if (
    found.team === order.team &&
    same(found.groups, order.groups) &&
    (order.environments.length === 0 || same(found.environments, order.environments)) &&
    isSamePlace(found, order)
  ) {
    return found;
  }
  const path = declarationPath(order.service);
  throw new Failure(
    `service: got ${order.service}, which ${path} declares in another way; expected a new service. ` +
      "Change that file by a pull request.",
  );
}

function isSamePlace(found: ServiceDeclaration, { service, namespace, joins }: AddOrder): boolean {
  if (found.joins !== joins) return false;
  return joins !== undefined || found.namespace === (namespace ?? service);
}

/** Everything that is wrong with an order. */
async function judge(session: Session, order: PlacedOrder) {
  const { clone, graph } = session;
  const { service, environments, team, image: name } = order;
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
  problems.push(...valuesProblems(order, graph));
  problems.push(...(await catalogueProblems(session, order, missing === undefined)));
  return { problems, image };
}

/** What is wrong about where new values come from, and about those that are there already. */
function valuesProblems(order: PlacedOrder, graph: EnvironmentGraph): string[] {
  const { service, environments, places, image, from } = order;
  const problems: string[] = [];
  const left = places.filter((name) => !environments.includes(name));
  if (left.length > 0) {
    const rule = `${left.join(", ")} too, where ${service} has values already`;
    problems.push(
      `env: got ${environments.join(", ")}; expected ${rule}. Leave --env out, or delete those values first.`,
    );
  }
  const getsValues = places.length === 0 || environments.some((name) => graph.has(name) && !places.includes(name));
  if (getsValues && image === undefined && from === undefined) {
    problems.push("image: got nothing; expected <repository>:<tag>, or a service to copy. Add --image, or --from.");
  }
  for (const [option, value] of Object.entries({ image, from })) {
    if (getsValues || value === undefined) continue;
    const rule = `nothing, because ${service} has values already, which stay as they are`;
    problems.push(`${option}: got ${value}; expected ${rule}. Leave --${option} out.`);
  }
  return problems;
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

/** The values in each environment without any. Adds what is wrong with the service to copy from to the problems. */
async function valuesOf(
  session: Session,
  order: PlacedOrder,
  image: NamedImage | undefined,
  problems: string[],
): Promise<Values[]> {
  const { clone, graph } = session;
  const { service, from, places } = order;
  const environments = order.environments.filter((name) => !places.includes(name));
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

function bodyOf({ graph }: Session, order: PlacedOrder, left: readonly string[]): string[] {
  const { service, team, environments, joins, namespace = service, from, places } = order;
  const place = joins === undefined ? `the namespace \`${namespace}\`` : `the namespace of \`${joins}\``;
  const waits = environments.filter((name) => graph.approved.includes(name));
  const others = environments.filter((name) => graph.followingMain.includes(name));
  const of = `the service \`${service}\` of the team \`${team}\``;
  const where = environments.join(", ");
  return [
    ...(places.length === 0
      ? [`Adds ${of} to ${where}, in ${place}.`]
      : [
          `Declares ${of} in ${where}, in ${place}. Its values in ${places.join(", ")} stay as they are.`,
          "**The platform must hand its namespace over before this is merged**, if a stack of an older version " +
            "delivered it: Argo CD takes over no other namespace. docs/adding-a-service.md of the platform says how: " +
            `"A service that a stack delivered". Check that ${place} is the one that it has: where the guard only ` +
            "warns, Argo CD would move the service.",
        ]),
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
