import { Failure } from "@gitops-platform/contract/failure";
import { parseValuesPath, type ValuesFile, valuesFolder } from "@gitops-platform/contract/paths";
import { readRequesters, readTrailer } from "@gitops-platform/contract/trailers";
import { sameVersion, type Version } from "@gitops-platform/contract/values/image";
import type { AutomaticPromotion } from "@gitops-platform/rules/promotion";
import { movingProblem, type TagRules } from "@gitops-platform/rules/tags";
import { serviceGraphs } from "../catalogue/service-graph";
import { MAIN, fetchOfPull } from "../git/refs";
import { GitFailure } from "../git/run-git";
import type { DeploymentStatus } from "../github/deployments";
import { readRules } from "../rules";
import type { Session } from "../session";
import type { AutomaticWaitReason } from "../status/model";
import { imageStateAt, namesAt, pathAt } from "../values/at";
import { versionAt } from "./promote";
import { pastVersions } from "./rollback";
import { promotionBranch } from "@gitops-platform/contract/branches";
import { newestOf } from "../github/pulls";

/** A service whose version in one environment differs from the one in an environment that gets it automatically. */
export type Ahead = {
  readonly service: string;
  /** The environment that it is promoted from. */
  readonly from: string;
  readonly to: string;
} & (
  | {
      readonly state: "ahead";
      /** The version of `from` on `main`. */
      readonly version: Version;
      readonly waitsFor: AutomaticWaitReason;
    }
  | { readonly state: "unreadable"; readonly reason: string }
);

/** Reads what Argo CD reported last about a service; undefined: nothing. Throws a Failure where that is not known. */
export type ReadReport = (file: ValuesFile) => Promise<DeploymentStatus | undefined>;

type Reader = Pick<Session, "clone" | "graph" | "github" | "repository" | "bot">;

/**
 * Reads each service that is ahead of an environment which gets versions automatically, by the rules on `main`.
 * @throws {Failure} if the rules cannot be read.
 */
export async function readAhead(session: Reader, report: ReadReport): Promise<Ahead[]> {
  const { clone, graph } = session;
  const { promotion, tags } = await readRules(clone);
  const graphs = await serviceGraphs(clone, MAIN, graph);
  const found: Ahead[] = [];
  for (const to of graph.names) {
    const rule = promotion.get(to);
    if (rule === undefined) continue;
    const services = await servicesOf(session, to);
    const pairs = services.flatMap((service) => {
      const from = graphs.of(service).previous(to);
      return from === undefined ? [] : [{ service, from, to }];
    });
    await clone.prefetch(
      pairs.flatMap(({ service, from }) =>
        [from, to].flatMap((environment) => namesAt(MAIN, { environment, service })),
      ),
    );
    for (const pair of pairs) {
      const ahead = await aheadOf(session, pair, { rule, tags, report });
      if (ahead) found.push({ ...pair, ...ahead });
    }
  }
  return found;
}

/** The same, but none if the rules cannot be read, which is reported to people elsewhere. */
export async function readAheadIfAny(session: Reader, report: ReadReport): Promise<Ahead[]> {
  try {
    return await readAhead(session, report);
  } catch (error) {
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return [];
  }
}

async function servicesOf({ clone }: Pick<Reader, "clone">, environment: string): Promise<string[]> {
  const paths = await clone.list(MAIN, `${valuesFolder(environment)}/`);
  return paths.flatMap((path) => parseValuesPath(path)?.service ?? []);
}

interface Pair {
  readonly service: string;
  readonly from: string;
  readonly to: string;
}

interface Sources {
  readonly rule: AutomaticPromotion;
  readonly tags: TagRules;
  readonly report: ReadReport;
}

type State<A> = A extends unknown ? Omit<A, keyof Pair> : never;

async function aheadOf(session: Reader, pair: Pair, sources: Sources): Promise<State<Ahead> | undefined> {
  const { clone } = session;
  const [source, target] = [pair.from, pair.to].map((environment) => ({ environment, service: pair.service }));
  if (!source || !target) return undefined;
  const [version, present] = await Promise.all([source, target].map((file) => imageStateAt(clone, MAIN, file)));
  // A service that the environment before does not have comes from elsewhere.
  if (!version || !present || version.state === "no file" || present.state === "no file") return undefined;
  if (version.state === "unreadable") return { state: "unreadable", reason: version.reason };
  if (present.state === "unreadable") return { state: "unreadable", reason: present.reason };
  if (sameVersion(version.image, present.image)) return undefined;
  let report: DeploymentStatus | undefined;
  try {
    report = await sources.report(source);
  } catch (error) {
    if (error instanceof Failure) return { state: "unreadable", reason: error.message };
    throw error;
  }
  const bringers = await bringersOf(clone, await pathAt(clone, MAIN, source));
  const evidence = {
    version: version.image,
    isMoving: movingProblem(version.image, sources.tags) !== undefined,
    past: await pastVersions(clone, MAIN, target),
    report: report && { ...report, isFromApp: report.isFromApp && !isBy(bringers, report) },
    running: report && (await versionAt(session, report.commit, source)),
    ...sources.rule,
  };
  const waitsFor = automaticWait(pair.from, evidence);
  // GitHub is asked only about what would be promoted.
  const pull = waitsFor.state === "promotion" ? await pullInTheWay(session, pair, version.image) : undefined;
  return { state: "ahead", version: version.image, waitsFor: pull ?? waitsFor };
}

/** Who requested the newest change of a file, such as the App of CI, which must not vouch for its own version. */
async function bringersOf(clone: Reader["clone"], path: string): Promise<string[]> {
  const message = await clone.git("log", "--max-count=1", "--format=%B", MAIN, "--", path);
  return readRequesters(message).map((login) => login.toLowerCase());
}

function isBy(logins: readonly string[], { reporters }: DeploymentStatus): boolean {
  return reporters.some((login) => logins.includes(login.toLowerCase()));
}

/** What is known about a version that is ahead. */
export interface AheadEvidence extends AutomaticPromotion {
  readonly version: Version;
  /** Whether its tag does not identify one build. */
  readonly isMoving: boolean;
  /** The versions that the environment which gets it has had. */
  readonly past: readonly Version[];
  /** What was reported last from the environment that it is promoted from. */
  readonly report: DeploymentStatus | undefined;
  /** The version at the commit of that report; undefined if the repository does not have it. */
  readonly running: Version | undefined;
}

/**
 * What a version that is ahead waits for. An environment does not get a version again that it had: it was rolled back,
 * or replaced by something else, and only a person can know that it may come back.
 */
export function automaticWait(
  environment: string,
  { version, isMoving, past, report, running, healthyFor }: AheadEvidence,
): AutomaticWaitReason {
  if (isMoving) return { state: "person", because: "moving-tag" };
  if (past.some((each) => sameVersion(each, version))) return { state: "person", because: "had-it" };
  const health = (problem: "not-deployed" | "not-healthy" | "other-reporter") => {
    return { state: "health" as const, environment, problem };
  };
  if (!report || !running || !sameVersion(running, version)) return health("not-deployed");
  if (!report.isFromApp) return health("other-reporter");
  if (report.state !== "success") return health("not-healthy");
  // The newest success is the first since the last failure: Argo CD reports each state once.
  return { state: "promotion", at: new Date(Date.parse(report.at) + healthyFor * 1000).toISOString() };
}

/**
 * The pull request with which a person requested another promotion of a service, or refused this version by closing it;
 * undefined: there is none. Costs one request.
 */
export async function pullInTheWay(
  session: Omit<Reader, "graph">,
  { service, to }: { readonly service: string; readonly to: string },
  version: Version,
): Promise<AutomaticWaitReason | undefined> {
  const { clone, bot } = session;
  const newest = await newestOf(session, { branch: promotionBranch(service, to), base: "main" }, "all");
  if (!newest || newest.pull.state === "merged") return undefined;
  const { state, number, head } = newest.pull;
  // GitHub keeps the head of a pull request whose branch was deleted.
  if ((await clone.resolve(head)) === undefined) await clone.fetch(fetchOfPull(number));
  if (state === "open") {
    const { user } = newest.data;
    // A person's command does not know the platform's App, so any App counts.
    const isByApp = bot === undefined ? user?.type === "Bot" : user?.login === bot;
    return isByApp && (await isUnrequested(session, head)) ? undefined : { state: "pull request", number };
  }
  const refused = await imageStateAt(clone, head, { environment: to, service });
  const isThis = refused.state === "read" && sameVersion(refused.image, version);
  return isThis ? { state: "person", because: "closed" } : undefined;
}

async function isUnrequested({ clone }: Pick<Reader, "clone">, commit: string): Promise<boolean> {
  if ((await clone.resolve(commit)) === undefined) return false;
  const message = await clone.git("log", "--max-count=1", "--format=%B", commit);
  return readTrailer(message, "Requested-By").length === 0;
}
