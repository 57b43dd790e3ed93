import { isDeepStrictEqual } from "node:util";
import { CHARTS, parseValuesPath, valuesFolder } from "@gitops-platform/contract/paths";
import { delivered, graphOfMain } from "../catalogue/delivered";
import { serviceGraphs } from "../catalogue/service-graph";
import type { Clone } from "../git/clone";
import { lookUpApprovals } from "../history/deployment";
import { type BranchHistory, type EnvironmentHistory, readEnvironments } from "../history/commits";
import { type ImageChange, newestImageChanges } from "../history/deployments";
import { type FindRecord, withRecords } from "../release/record";
import { summariesAt } from "../values/at";
import type { ValuesSummary } from "../values/differences";
import type { DesiredVersion, EnvironmentStatus, PendingVersion, ServiceInEnvironment } from "./model";
import { MAIN, remoteBranch } from "../git/refs";

/** The desired state of one environment, from Git. */
export interface GitStatus extends EnvironmentStatus {
  /** The commits that its branch pointed to, newest first. */
  readonly line: ReadonlySet<string>;
  /** By service. */
  readonly services: ReadonlyMap<string, Pick<ServiceInEnvironment, "declared" | "waits" | "retired" | "skipped">>;
}

/** Reads the desired versions of each environment, and what waits on `main`. */
export async function readGitStatus(clone: Clone, environments: readonly string[]): Promise<GitStatus[]> {
  const histories = await readEnvironments(clone, environments);
  return withRecords(clone, (find) =>
    Promise.all(
      histories.map(async (history) => readDeclared(clone, history, await newestImageChanges(clone, history), find)),
    ),
  );
}

/**
 * The same for one environment whose history was read already.
 * @param deployments the environment's deployments, newest first; at least the newest change of each service's image
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
  const { retired } = await delivered(clone, remoteBranch(read.branch), environment);
  const graphs = await serviceGraphs(clone, MAIN, await graphOfMain(clone));
  const skipping = graphs.skipping(environment).filter((service) => !here.has(service) && !there.has(service));
  const skipped = new Set(skipping);
  const services = [...new Set([...here.keys(), ...there.keys(), ...retired, ...skipped])].sort();
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
          ...(retired.has(service) && { retired: true as const }),
          ...(skipped.has(service) && { skipped: true as const }),
        },
      ]),
    ),
  };
}

/** Each service's values on a branch. */
async function readValues(
  clone: Clone,
  environment: string,
  { branch }: BranchHistory,
): Promise<Map<string, ValuesSummary>> {
  const revision = remoteBranch(branch);
  const paths = await clone.list(revision, valuesFolder(environment));
  const services = paths.flatMap((path) => parseValuesPath(path)?.service ?? []);
  const values = await summariesAt(
    clone,
    services.map((service) => ({ environment, service, revision })),
  );
  return new Map(services.flatMap((service, index) => (values[index] ? [[service, values[index]]] : [])));
}

/** The newest change of each service's image, with its approval. */
async function newestImages(deployments: readonly ImageChange[], find: FindRecord): Promise<Map<string, ImageChange>> {
  const changes = deployments.filter(({ service, from, to }) => service !== null && from !== to);
  const newest = [...new Map(changes.toReversed().map((change) => [change.service, change])).values()];
  return new Map((await lookUpApprovals(newest, find)).map((change) => [change.service ?? "", change]));
}

function declared(values: ValuesSummary | undefined, came: ImageChange | undefined): DesiredVersion | null {
  if (values === undefined) return null;
  const { image, repository } = values;
  if (came?.to !== image) return { image, repository, came: null };
  const { at, commit, by, approval } = came;
  return { image, repository, came: { at, commit, by, approval } };
}

function waits(now: ValuesSummary | undefined, then: ValuesSummary | undefined): PendingVersion | null {
  const configuration = !isDeepStrictEqual(now?.others, then?.others);
  if ((now === undefined) === (then === undefined) && now?.image === then?.image && !configuration) return null;
  return { image: then?.image ?? null, configuration };
}
