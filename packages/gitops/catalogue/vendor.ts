import { catalogueBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { CHARTS, SERVICE_CHART } from "@gitops-platform/contract/paths";
import { suggest } from "@gitops-platform/contract/problems";
import { isChartFolder } from "@gitops-platform/contract/source";
import {
  contentDigest,
  digestOf,
  type Origin,
  originPath,
  originText,
  parseOriginPath,
  readOrigin,
  RULES,
} from "../chart/origin";
import type { Pull } from "../chart/pull";
import { vendor, type Vendored } from "../chart/vendored";
import { MAIN } from "../git/refs";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { type Plan, proposeChange, requirePerson, type ServiceOutcome } from "./change";

/** A third-party chart to add to the repository. */
export type ChartOrder = Pick<Origin, "from" | "chart" | "version"> & {
  /** Its folder below `charts/`. */
  readonly name: string;
};

/**
 * Opens a pull request that adds a third-party chart below `charts/`, with its origin. Repeating it changes nothing.
 * @throws {Failure} with every problem.
 */
export async function addChart(
  session: Session,
  order: ChartOrder,
  pull: Pull,
  waiting: Waiting,
): Promise<ServiceOutcome> {
  requirePerson(session);
  const { name, from, chart, version } = order;
  const misnamed = nameProblems(name);
  const problems = [...misnamed, ...placeProblems({ from, chart, version })];
  if (misnamed.length === 0) {
    const present = await presentOrigin(session, name);
    if (present && problems.length === 0 && isSame(present, order)) {
      return { service: name, state: "already", summary: subjectOf(order, "Add") };
    }
    if (present || (await session.clone.list(MAIN, `${CHARTS}/${name}/`)).length > 0) {
      const fix = present ? `Run gitops chart update ${name}, or choose another name.` : "Choose another name.";
      problems.push(`name: got ${name}, which main has already; expected a new chart. ${fix}`);
    }
  }
  if (problems.length > 0) throw new Failure(...problems);
  return propose(session, order, { pull, waiting, verb: "Add" });
}

/**
 * Opens a pull request that replaces a third-party chart by another version from the same place.
 * @throws {Failure} with every problem; also if the version that is there has another archive now.
 */
export async function updateChart(
  session: Session,
  { name, version }: Pick<ChartOrder, "name" | "version">,
  pull: Pull,
  waiting: Waiting,
): Promise<ServiceOutcome> {
  requirePerson(session);
  const paths = await session.clone.list(MAIN, CHARTS);
  const known = paths.flatMap((path) => parseOriginPath(path) ?? []);
  const problems = known.includes(name)
    ? []
    : [`name: got ${name}; expected a chart with an origin, ${originPath("<name>")}. ${suggest(name, known)}`];
  const present = problems.length === 0 ? await presentOrigin(session, name) : undefined;
  const place = { from: "https://example.com", chart: name, ...present, version };
  problems.push(...placeProblems(place));
  if (problems.length > 0) throw new Failure(...problems);
  return propose(session, { name, ...place }, { pull, waiting, verb: "Update", present });
}

function nameProblems(name: string): string[] {
  const folder = `${CHARTS}/${name}`;
  if (isChartFolder(folder) && folder !== SERVICE_CHART) return [];
  const rule = "lower-case letters, digits and hyphens, a letter first, at most 63, and not service";
  return [`name: got ${JSON.stringify(name)}; expected ${rule}. Choose another name.`];
}

function placeProblems(place: Pick<Origin, "from" | "chart" | "version">): string[] {
  return (["from", "chart", "version"] as const).flatMap((key) => {
    const { pattern, expected } = RULES[key];
    // What is not shown may be a password in an address.
    const got = key === "from" && place.from.includes("@") ? "an address with a user" : JSON.stringify(place[key]);
    return pattern.test(place[key]) ? [] : [`${key}: got ${got}; expected ${expected}. Correct it.`];
  });
}

/** The origin of a chart on `main`; undefined if it has none. Throws a Failure for one that cannot be read. */
async function presentOrigin({ clone }: Session, name: string): Promise<Origin | undefined> {
  const file = originPath(name);
  const text = await clone.read(MAIN, file);
  if (text === undefined) return undefined;
  const { origin, problems } = readOrigin(text, file);
  if (origin) return origin;
  throw new Failure(...problems.map(({ message }) => `${file}: ${message}`));
}

function isSame(origin: Origin, order: ChartOrder): boolean {
  return origin.from === order.from && origin.chart === order.chart && origin.version === order.version;
}

function subjectOf({ name, version }: ChartOrder, verb: "Add" | "Update"): string {
  return verb === "Add" ? `Add the chart ${name} ${version}` : `Update the chart ${name} to ${version}`;
}

interface Proposal {
  readonly pull: Pull;
  readonly waiting: Waiting;
  readonly verb: "Add" | "Update";
  readonly present?: Origin | undefined;
}

async function propose(
  session: Session,
  order: ChartOrder,
  { pull, waiting, verb, present }: Proposal,
): Promise<ServiceOutcome> {
  const { name, from, chart, version } = order;
  const bytes = await pull({ from, chart, version });
  const archive = digestOf(bytes);
  if (present && isSame(present, order) && present.archive !== archive) {
    const got = `archive: got ${archive} for ${chart} ${version} of ${from}`;
    const fix = "Ask its publisher why the same version has another archive.";
    throw new Failure(`${got}; expected ${present.archive}, as ${originPath(name)} has it. ${fix}`);
  }
  const vendored = vendor(bytes, order);
  const origin = { from, chart, version, archive, content: contentDigest(vendored.files) };
  const plan = async (main: string): Promise<Plan> => {
    const folder = `${CHARTS}/${name}/`;
    const gone = (await session.clone.list(main, folder)).filter(
      (path) => !vendored.files.has(path.slice(folder.length)),
    );
    return {
      service: name,
      about: "Charts",
      texts: new Map<string, string | null>([
        [originPath(name), originText(name, origin)],
        ...[...vendored.files].map(([path, text]) => [`${folder}${path}`, text] as const),
        ...gone.map((path) => [path, null] as const),
      ]),
      subject: subjectOf(order, verb),
      body: bodyOf(order, origin, vendored),
    };
  };
  return proposeChange(session, catalogueBranch("chart", name), plan, waiting);
}

function bodyOf({ name, from, chart, version }: ChartOrder, { archive }: Origin, { left }: Vendored): string[] {
  return [
    `\`${CHARTS}/${name}\` is the chart \`${chart}\` ${version} of \`${from}\`, as its archive \`${archive}\` has it.`,
    ...(left.length === 0 ? [] : [`Left out: ${left.map((path) => `\`${path}\``).join(", ")}.`]),
    "Services that use this chart change with it; where releases are approved, when `charts/` is released.",
  ];
}
