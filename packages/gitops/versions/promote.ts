import { promotionBranch } from "@gitops-platform/contract/branches";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { Failure } from "@gitops-platform/contract/failure";
import { formatMessage, type Trailers } from "@gitops-platform/contract/trailers";
import { delivered } from "../catalogue/delivered";
import { serviceGraphs } from "../catalogue/service-graph";
import { tipOf } from "../git/commits";
import { MAIN, remoteBranch } from "../git/refs";
import { changeMain } from "../github/change-main";
import { type DeploymentStatus, healthProblem, readDeploymentStatus } from "../github/deployments";
import { newestPullRequest } from "../github/pulls";
import { localGraph } from "../graph";
import type { Waiting } from "../polling";
import { readRules } from "../rules";
import { movingProblem, type TagRules } from "@gitops-platform/rules/tags";
import type { Session } from "../session";
import { sourceAt } from "../catalogue/rendering";
import { imageAt, imageOn, imageStateAt, rewritten, type ServiceText, withVersion } from "../values/at";
import { VALUES, type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { type Image, otherPlace, sameVersion, type Version, versionName } from "@gitops-platform/contract/values/image";
import { describeOutcome, landedOutcome, type Outcome, releaseOf } from "./outcome";

/**
 * Promotes a service into every environment that follows and has values for it. An environment without them is passed
 * over, unless it is the one that tries versions for a production environment. A refusal for one of them does not keep
 * the others from it.
 * @throws {Failure} if no environment follows, or with every reason against the promotions that were refused.
 */
export async function promoteToNext(
  session: Session,
  order: Omit<PromotionOrder, "to">,
  waiting: Waiting,
): Promise<Outcome[]> {
  const { log } = session;
  const { graph, targets, untried } = await nextWith(session, order.service, order.from);
  if (targets.length === 0 && untried.length === 0) {
    const rule = `an environment that another one with values for ${order.service} follows`;
    throw new Failure(`from: got ${order.from}; expected ${rule}. A version goes ${describeWays(graph)}.`);
  }
  const outcomes: Outcome[] = [];
  const refused = [...untried];
  for (const to of targets) {
    try {
      outcomes.push(await promote(session, { ...order, to }, waiting));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused.push(targets.length + untried.length > 1 ? `${to}: ${error.message}` : error.message);
    }
  }
  if (refused.length === 0) return outcomes;
  for (const outcome of outcomes) log(describeOutcome(outcome));
  throw new Failure(...refused);
}

/** Where a service's version goes next. */
interface NextEnvironments {
  /** The environments of the service. */
  readonly graph: EnvironmentGraph;
  /** The environments that follow and have values for it; behind one that has none, those that follow it. */
  readonly targets: string[];
  /** Why it goes to no production environment whose versions are to be tried in one without values. */
  readonly untried: string[];
}

async function nextWith(session: Session, service: string, from: string): Promise<NextEnvironments> {
  const { clone, log } = session;
  const graph = (await serviceGraphs(clone, MAIN, session.graph)).of(service);
  const retired = new Set<string>();
  for (const name of graph.names) {
    if ((await delivered(clone, MAIN, name)).retired.has(service)) retired.add(name);
  }
  const paths = new Set(await clone.list(MAIN, VALUES));
  const source = await sourceAt(clone, MAIN, service);
  const fileIn = (environment: string) => valuesPath({ environment, service }, source);
  const untried: string[] = [];
  const after = (name: string): string[] =>
    graph.next(name).flatMap((environment) => {
      if (paths.has(fileIn(environment))) return [environment];
      if (retired.has(environment)) log(`${environment}: ${service} is retired there, so it gets no version.`);
      const behind = after(environment);
      const skipped = behind.filter((production) =>
        graph.mirrors.some((mirror) => mirror.trial === environment && mirror.production === production),
      );
      for (const production of skipped) {
        const got = `${environment}: got no values for ${service}; expected some, because it tries versions for`;
        const fix = `Restore ${fileIn(environment)}, or delete ${fileIn(production)} if the service is to leave`;
        untried.push(`${got} ${production}. ${fix} ${production}.`);
      }
      return behind.filter((target) => !skipped.includes(target));
    });
  return { graph, targets: after(from), untried };
}

/**
 * Promotes a service into one environment, which must follow the other one for this service.
 * @throws {Failure} like {@link promote}.
 */
export async function promoteTo(session: Session, order: PromotionOrder, waiting: Waiting): Promise<Outcome> {
  const graph = (await serviceGraphs(session.clone, MAIN, session.graph)).of(order.service);
  if (!graph.next(order.from).includes(order.to)) throw new Failure(orderProblem(order.from, order.to, graph));
  return promote(session, order, waiting);
}

/**
 * Copies the version, which is tag and digest, from one environment's values on `main` to the next one's. The image's
 * repository is not copied. Repeating a promotion changes nothing.
 * @throws {Failure} with every reason against the promotion, unless it is forced. Malformed values and moving tags
 *   cannot be forced.
 */
export async function promote(session: Session, order: PromotionOrder, waiting: Waiting): Promise<Outcome> {
  const proposal = await proposalOf(session, order);
  const { target, version, present, outcome } = proposal;
  const open = await openPromotion(session, promotionBranch(order.service, order.to), target);
  if (sameVersion(present, version) && (!open || sameVersion(open.version, version))) {
    return { ...outcome, state: "already" };
  }
  const forced = await judge(session, order, { version, open });
  const { requestedBy } = await session.actor();
  const why = {
    ...(forced !== undefined && { Forced: forced }),
    "Requested-By": requestedBy.map((login) => `@${login}`),
  };
  return mergePromotion(session, proposal, why, waiting);
}

/** What a promotion would change. */
export interface Proposal {
  readonly from: string;
  readonly target: ValuesFile;
  /** The version on `main` of the environment that it is promoted from. */
  readonly version: Image;
  /** The target's version on `main`. */
  readonly present: Image;
  /** The outcome, without its state. */
  readonly outcome: Omit<Outcome, "state">;
}

/**
 * Reads what a promotion would change.
 * @throws {Failure} if one of the environments has no readable values.
 */
export async function proposalOf(
  session: Session,
  { service, from, to }: Pick<PromotionOrder, "service" | "from" | "to">,
): Promise<Proposal> {
  const { clone } = session;
  const main = await tipOf(clone, "main");
  const [source, target] = [
    { environment: from, service },
    { environment: to, service },
  ];
  const version = await imageOn(clone, main, source);
  const present = await imageOn(clone, main, target);
  const outcome = {
    service,
    environment: to,
    image: versionName(version),
    summary: `Promote ${service} ${version.tag} from ${from} to ${to}`,
    ...(await releaseOf(session, target, version)),
  };
  return { from, target, version, present, outcome };
}

/** The environment that a version is promoted from has another one on `main` since it was judged. */
export class SourceChanged extends Failure {}

/** Throws {@link SourceChanged}. */
export async function requireSource({ clone }: Session, { from, target, version }: Proposal): Promise<void> {
  await clone.fetch();
  const now = await imageOn(clone, await tipOf(clone, "main"), { environment: from, service: target.service });
  if (sameVersion(now, version)) return;
  const got = `${from} has ${versionName(now)} on main by now`;
  throw new SourceChanged(`version: ${got}; expected ${versionName(version)}. The next run judges that one.`);
}

/**
 * Merges a promotion by a pull request.
 * @param why The trailers that say who or what requested it.
 * @param recheck Throws if it must not be merged any more.
 */
export async function mergePromotion(
  session: Session,
  { from, target, version, present, outcome }: Proposal,
  why: Trailers,
  waiting: Waiting,
  recheck?: () => Promise<void>,
): Promise<Outcome> {
  const { clone } = session;
  const { service, environment: to } = target;
  const message = formatMessage(outcome.summary, {
    Service: service,
    Environment: to,
    Image: versionName(version),
    "Promoted-From": from,
    ...why,
  });
  const change = `${service} in ${to}: \`${versionName(present)}\` → \`${versionName(version)}\`, as ${from} runs it.`;
  const elsewhere = otherPlace(version, present);
  if (elsewhere !== undefined) session.log(elsewhere.replaceAll("**", ""));
  const words = {
    subject: outcome.summary,
    message,
    body: [change, ...(elsewhere === undefined ? [] : [elsewhere])].join("\n\n"),
    ...(recheck && { recheck }),
  };
  const rewrite = (file: ServiceText) => withVersion(file, version);
  const plan = async (on: string) => ({ ...words, texts: await rewritten(clone, on, target, rewrite) });
  const landed = await changeMain(session, promotionBranch(service, to), plan, waiting);
  return { ...outcome, ...(landed ? landedOutcome(landed) : { state: "already" }) };
}

async function openPromotion(session: Session, branch: string, file: ValuesFile): Promise<Evidence["open"]> {
  const pull = await newestPullRequest(session, { branch, base: "main" });
  if (pull?.state !== "open") return undefined;
  const version = await imageAt(session.clone, remoteBranch(branch), file);
  return version && { version, url: pull.url };
}

/** Throws every reason against the promotion, unless it is forced. Returns the reason for forcing if it was needed. */
async function judge(
  session: Session,
  order: PromotionOrder,
  { version, open }: Pick<Evidence, "version" | "open">,
): Promise<string | undefined> {
  const file = { environment: order.from, service: order.service };
  const report = await readDeploymentStatus(session, file);
  const running = report && (await versionAt(session, report.commit, file));
  const { tags } = await readRules(session.clone);
  const problems = promotionProblems(order, { tags, version, report, running, open });
  const refused = problems.filter(({ yields }) => order.force === undefined || !yields);
  if (refused.length > 0) {
    const canForce = refused.every(({ yields }) => yields);
    const hint = canForce ? ['To promote it anyway: --force "<why>".'] : [];
    throw new Failure(...refused.map(({ text }) => text), ...hint);
  }
  for (const { text } of problems) session.log(`Forced although ${text}`);
  return problems.length > 0 ? order.force : undefined;
}

/** The version of a service in a commit; undefined if the repository does not have it, or it cannot be read. */
export async function versionAt(
  { clone }: Pick<Session, "clone">,
  commit: string,
  file: ValuesFile,
): Promise<Version | undefined> {
  if ((await clone.resolve(commit)) === undefined) return undefined;
  const found = await imageStateAt(clone, commit, file);
  return found.state === "read" ? found.image : undefined;
}

/** A requested promotion. */
interface PromotionOrder {
  readonly service: string;
  /** The environment that already runs the version. */
  readonly from: string;
  /** The environment that gets the version. */
  readonly to: string;
  /** The reason for ignoring health and the running version; undefined if they must be checked. */
  readonly force: string | undefined;
}

/** What is known about a promotion before it is made. */
interface Evidence {
  /** Which tags identify one build, according to `main`. */
  readonly tags: TagRules;
  /** The source environment's version on `main`. */
  readonly version: Version;
  readonly report: Pick<DeploymentStatus, "commit" | "state" | "description"> | undefined;
  /** The version at the commit of the source's report; undefined if it has none. */
  readonly running: Version | undefined;
  /** An open promotion of the same service to the same environment. */
  readonly open: { readonly version: Version; readonly url: string } | undefined;
}

/** Why no version can be promoted between two environments, whatever a service skips; undefined if one may. */
export function wayProblem(from: string, to: string, graph = localGraph()): string | undefined {
  if (!graph.has(from) || !graph.has(to) || graph.leads(from, to)) return undefined;
  return orderProblem(from, to, graph);
}

/** Why a version cannot be promoted between two environments that do not follow each other. */
export function orderProblem(from: string, to: string, graph: EnvironmentGraph): string {
  const next = graph.next(from);
  const way = `A version goes ${describeWays(graph)}: none is left out.`;
  return next.length === 0
    ? `from: got ${from}; expected an environment that another one follows. ${way}`
    : `to: got ${to}; expected ${next.join(" or ")}, which follows ${from}. ${way}`;
}

/** The paths of a version through the graph: `dev, then staging, then prod`; if they branch, each of them. */
function describeWays(graph: EnvironmentGraph): string {
  const from = (name: string): string[] => {
    const next = graph.next(name).flatMap(from);
    return next.length === 0 ? [name] : next.map((way) => `${name}, then ${way}`);
  };
  return from(graph.entry).join(", or ");
}

/** Every reason against a promotion, and whether `force` overrides it. */
export function promotionProblems(
  { service, from, to }: Pick<PromotionOrder, "service" | "from" | "to">,
  { tags, version, report, running, open }: Evidence,
): { readonly text: string; readonly yields: boolean }[] {
  const moving = movingProblem(version, tags);
  const health = healthProblem({ environment: from, service }, report);
  const got = running ? versionName(running) : "something that the repository does not have";
  const other =
    `version: ${from} runs ${got}; expected ${versionName(version)}, which main says. ` +
    "Wait until it is deployed, or see in Argo CD why it is not.";
  const runsOther = report !== undefined && !(running && sameVersion(running, version));
  const conflict =
    open && !sameVersion(open.version, version)
      ? `promotion: ${open.url} brings ${versionName(open.version)} to ${to} already; ` +
        "expected no other at the same time. Merge or close it first."
      : undefined;
  return [
    // `validate` refuses such a tag too.
    ...(moving === undefined ? [] : [{ text: moving, yields: false }]),
    ...(health === undefined ? [] : [{ text: health, yields: true }]),
    ...(runsOther ? [{ text: other, yields: true }] : []),
    ...(conflict === undefined ? [] : [{ text: conflict, yields: true }]),
  ];
}
