import { isDeepStrictEqual } from "node:util";
import { CHARTS, parseValuesPath, valuesFolder, valuesPath } from "../../contract/paths";
import type { Clone } from "../git/clone";
import { lookUpApprovals } from "../history/deployment";
import { type BranchHistory, type EnvironmentHistory, readEnvironments } from "../history/commits";
import { type ImageChange, newestImageChanges } from "../history/deployments";
import { type FindRecord, withRecords } from "../release/record";
import { summarizeValues } from "../values/differences";
import type { Declared, EnvironmentStatus, Waits } from "./model";
import { remoteBranch } from "../git/refs";

/** What Git says about one environment. */
export interface GitStatus extends EnvironmentStatus {
  /** The commits that its branch was at, newest first. */
  readonly line: ReadonlySet<string>;
  /** By service. */
  readonly services: ReadonlyMap<string, { readonly declared: Declared | null; readonly waits: Waits | null }>;
}

/** Reads from the branches what each environment is to run, and what waits. */
export async function readGitStatus(clone: Clone, environments: readonly string[]): Promise<GitStatus[]> {
  const histories = await readEnvironments(clone, environments);
  return withRecords(clone, (find) =>
    Promise.all(
      histories.map(async (history) => readDeclared(clone, history, await newestImageChanges(clone, history), find)),
    ),
  );
}

/**
 * The same of one environment, for those that have read its history already.
 * @param deployments The environment's, newest first: the newest change of each service's image, and any others.
 */
export async function readDeclared(
  clone: Clone,
  history: EnvironmentHistory,
  deployments: readonly ImageChange[],
  find: FindRecord,
): Promise<GitStatus> {
  const { environment, read, main } = history;
  const [here, there] = await Promise.all([readValues(clone, environment, read), readValues(clone, environment, main)]);
  const came = await newestImages(deployments, find);
  const services = [...new Set([...here.keys(), ...there.keys()])].sort();
  const [charts, newCharts] = await Promise.all(
    [read, main].map(({ branch }) => clone.find(`${remoteBranch(branch)}:${CHARTS}`)),
  );
  return {
    name: environment,
    branch: read.branch,
    line: new Set(read.steps.keys()),
    chartsWait: charts !== newCharts,
    services: new Map(
      services.map((service) => [
        service,
        {
          declared: declared(here.get(service), came.get(service)),
          waits: waits(here.get(service), there.get(service)),
        },
      ]),
    ),
  };
}

/** Each service's values on a branch. */
async function readValues(clone: Clone, environment: string, { branch }: BranchHistory): Promise<Map<string, string>> {
  const paths = await clone.list(remoteBranch(branch), valuesFolder(environment));
  const services = paths.flatMap((path) => parseValuesPath(path)?.service ?? []);
  const name = (service: string) => `${remoteBranch(branch)}:${valuesPath({ environment, service })}`;
  const texts = await clone.readBlobs(services.map(name));
  return new Map(services.map((service) => [service, texts.get(name(service)) ?? ""]));
}

/** The newest change of each service's image, with its approval. */
async function newestImages(deployments: readonly ImageChange[], find: FindRecord): Promise<Map<string, ImageChange>> {
  const changes = deployments.filter(({ service, from, to }) => service !== null && from !== to);
  const newest = [...new Map(changes.toReversed().map((change) => [change.service, change])).values()];
  return new Map((await lookUpApprovals(newest, find)).map((change) => [change.service ?? "", change]));
}

function declared(text: string | undefined, came: ImageChange | undefined): Declared | null {
  if (text === undefined) return null;
  const { image, repository } = summarizeValues(text);
  if (came?.to !== image) return { image, repository, came: null };
  const { at, commit, by, approval } = came;
  return { image, repository, came: { at, commit, by, approval } };
}

function waits(here: string | undefined, there: string | undefined): Waits | null {
  if (here === there) return null;
  const [now, then] = [here, there].map((text) => (text === undefined ? undefined : summarizeValues(text)));
  const configuration = !isDeepStrictEqual(now?.others, then?.others);
  if (here !== undefined && there !== undefined && now?.image === then?.image && !configuration) return null;
  return { image: then?.image ?? null, configuration };
}
