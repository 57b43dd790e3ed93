import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { describeError } from "../errors";
import { type DriftReading, NOTHING_FOUND } from "../drift/finding";
import type { Session } from "../session";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { alarmsOf, catalogueProblem, foreignRevisions } from "./alarms";
import { type GitStatus, readGitStatus } from "./declared";
import type { PendingPromotion, Reading, Running, Status, WaitingPull } from "./model";
import { readDeploymentStatus, readReported } from "../github/deployments";
import { readAheadIfAny } from "../versions/ahead";
import { versionName } from "@gitops-platform/contract/values/image";
import { ENVIRONMENT_BRANCHES, isPlatformBranch } from "@gitops-platform/contract/branches";
import { type CheckRun, latestRuns, type RequiredCheck, requiredChecks } from "../github/checks";
import { isOwn } from "../github/pulls";
import type { KubernetesClient, KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { ARGOCD_NAMESPACE } from "@gitops-platform/environments/argocd-cluster";

/** Reads the live state of a service in one environment. */
type ReadLiveState = (service: string) => Promise<Reading<Running>>;

/** Where the live state is read from instead of GitHub's deployments, by environment. */
export type Sources = ReadonlyMap<string, ReadLiveState>;

/** Search clusters for undeclared changes, by environment. */
export type DriftReaders = ReadonlyMap<string, () => Promise<DriftReading>>;

/** Reads all sources. If one cannot be reached, its part of the status says so and the others are complete. */
export async function readStatus(
  session: Session,
  names: readonly string[],
  sources: Sources = new Map(),
  driftReaders: DriftReaders = new Map(),
): Promise<Status> {
  const { clone, repository } = session;
  const [asked, waiting, drift, automatic] = await Promise.all([
    readGitStatus(clone, names),
    readPending(session),
    readDrift(names, driftReaders),
    readAutomatic(session, names),
  ]);
  const services = [...new Set(asked.flatMap((environment) => [...environment.services.keys()]))].sort();
  const running = (file: ValuesFile) => sources.get(file.environment)?.(file.service) ?? readReported(session, file);
  const found = await Promise.all(
    services.flatMap((service) =>
      asked.map(async ({ name, line }) => {
        const runs = await running({ environment: name, service });
        return {
          name,
          service,
          runs,
          isForeign: runs.state === "known" && foreignRevisions(runs.value, line).length > 0,
        };
      }),
    ),
  );
  const catalogues = new Map(
    await Promise.all(asked.map(async ({ name }) => [name, await sources.get(name)?.(CATALOGUE)] as const)),
  );
  const isForeign = ({ name, line }: GitStatus) => {
    const runs = catalogues.get(name);
    return runs?.state === "known" && foreignRevisions(runs.value, line).length > 0;
  };
  // A cluster may have applied a merge that is newer than this clone, so Git is read again before an alarm.
  const git = found.some((each) => each.isForeign) || asked.some(isForeign) ? await readAgain(clone, names) : asked;
  const nothing = { declared: null, waits: null };
  return {
    repository: `${repository.owner}/${repository.repo}`,
    at: new Date().toISOString(),
    environments: git.map((environment) => {
      const { name, branch, chartsWait } = environment;
      const { platform: findings, unread } = drift.get(name) ?? NOTHING_FOUND;
      const runs = catalogues.get(name);
      const catalogue = catalogueProblem(runs, runs === undefined ? [] : alarmsOf(null, runs, environment));
      return { name, branch, chartsWait, catalogue, findings, unread };
    }),
    services: services.map((service) => ({
      name: service,
      environments: git.map((environment) => {
        const { name, services: known } = environment;
        const desired = known.get(service) ?? nothing;
        const runs = found.find((each) => each.name === name && each.service === service)?.runs ?? UNKNOWN;
        const findings = drift.get(name)?.services.get(service) ?? [];
        return { environment: name, ...desired, runs, alarms: alarmsOf(desired.declared, runs, environment), findings };
      }),
    })),
    waiting,
    automatic,
  };
}

async function readAutomatic(session: Session, names: readonly string[]): Promise<Reading<PendingPromotion[]>> {
  try {
    const found = await readAheadIfAny(session, (file) => readDeploymentStatus(session, file));
    const value = found.flatMap((ahead) => {
      if (ahead.state !== "ahead" || !names.includes(ahead.to)) return [];
      const { service, from, to, version, waitsFor } = ahead;
      return [{ service, from, to, image: versionName(version), waitsFor }];
    });
    return { state: "known", value };
  } catch (error) {
    return { state: "out of reach", reason: describeError(error) };
  }
}

/** A cluster that cannot be searched does not prevent the search of the others. */
async function readDrift(names: readonly string[], driftReaders: DriftReaders): Promise<Map<string, DriftReading>> {
  const found = names.map(async (name): Promise<[string, DriftReading]> => {
    try {
      return [name, (await driftReaders.get(name)?.()) ?? NOTHING_FOUND];
    } catch (error) {
      return [name, { ...NOTHING_FOUND, unread: [{ what: "undeclared changes", reason: describeError(error) }] }];
    }
  });
  return new Map(await Promise.all(found));
}

const UNKNOWN = { state: "nothing known" } as const;

async function readAgain(clone: Clone, names: readonly string[]): Promise<GitStatus[]> {
  await clone.fetch();
  return readGitStatus(clone, names);
}

/** The open pull requests of the platform, and those into `env/*`, with their checks and reviewers. */
export async function readPending({
  github,
  repository,
}: Pick<Session, "github" | "repository">): Promise<Reading<WaitingPull[]>> {
  const { pulls } = github.rest;
  try {
    const required = new Map<string, Promise<RequiredCheck[]>>();
    const requiredOn = (branch: string) => {
      const asked = required.get(branch) ?? requiredChecks({ github, repository }, branch);
      required.set(branch, asked);
      return asked;
    };
    const open = await github.paginate(pulls.list, { ...repository, state: "open", per_page: 100 });
    const ours = open.filter(
      (pull) => (isOwn(pull) && isPlatformBranch(pull.head.ref)) || pull.base.ref.startsWith(ENVIRONMENT_BRANCHES),
    );
    const value = ours.map(async (pull): Promise<WaitingPull> => {
      const runs = await latestRuns({ github, repository }, pull.head.sha);
      return {
        number: pull.number,
        url: pull.html_url,
        title: pull.title,
        // A fork may have a branch with the same name.
        head: isOwn(pull) ? pull.head.ref : pull.head.label,
        commit: pull.head.sha,
        base: pull.base.ref,
        since: pull.created_at,
        reviewers: [
          ...(pull.requested_reviewers ?? []).map(({ login }) => `@${login}`),
          ...(pull.requested_teams ?? []).map(({ slug }) => `@${repository.owner}/${slug}`),
        ],
        checks: resultsOf(runs, await requiredOn(pull.base.ref)),
      };
    });
    return { state: "known", value: await Promise.all(value) };
  } catch (error) {
    return { state: "out of reach", reason: describeError(error) };
  }
}

/**
 * The newest result of each check. Any workflow may set a check of any name, so a required check counts only if the
 * required App set it, as on GitHub.
 */
export function resultsOf(
  runs: readonly Pick<CheckRun, "id" | "name" | "conclusion" | "app">[],
  required: readonly RequiredCheck[],
): Record<string, string> {
  const counted = runs.filter(({ name, app }) => {
    const apps = required.filter((check) => check.name === name).map((check) => check.app);
    return apps.length === 0 || apps.includes(undefined) || apps.includes(app?.id);
  });
  const oldestFirst = counted.toSorted((a, b) => a.id - b.id);
  return Object.fromEntries(oldestFirst.map(({ name, conclusion }) => [name, conclusion ?? "running"]));
}

/** The parts of an Application that are read. If it has `sources`, Argo CD ignores `source`. */
interface ApplicationSpec {
  source?: { targetRevision?: string };
  sources?: { targetRevision?: string }[];
}

interface ApplicationStatus {
  sync?: { status?: string; revision?: string };
  health?: { status?: string };
  summary?: { images?: string[] };
  operationState?: {
    phase?: string;
    syncResult?: { revision?: string };
    operation?: { sync?: { autoHealAttemptsCount?: number } };
  };
}

/** Reads the live state from a cluster's Applications, which are listed once for all services. */
export function readCluster(client: Pick<KubernetesClient, "list">): ReadLiveState {
  const listing = client.list("argoproj.io/v1alpha1", "Application", { namespace: ARGOCD_NAMESPACE }).then(
    (found) => ({ found }),
    (error: unknown) => ({ reason: describeError(error) }),
  );
  return async (service) => {
    const result = await listing;
    if ("reason" in result) return { state: "out of reach", reason: result.reason };
    const application = result.found.find(({ metadata }) => metadata.name === service);
    return application ? { state: "known", value: runningOf(application, service) } : { state: "nothing known" };
  };
}

/** The live state of a service, from its Application. */
export function runningOf(application: KubernetesObject, service: string): Running {
  const { sync, health, summary, operationState } = (application.status ?? {}) as ApplicationStatus;
  const { source, sources = [] } = ((application as { spec?: unknown }).spec ?? {}) as ApplicationSpec;
  const commit = operationState?.syncResult?.revision ?? null;
  const heals = (operationState?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0;
  // While a commit is applied, the cluster differs from it, too. During a heal, the difference is drift.
  const applies = operationState?.phase === "Running" && !heals;
  return {
    source: "cluster",
    ...imageOfService(summary?.images ?? [], service),
    commit,
    compared: sync?.revision ?? null,
    // Argo CD's default is HEAD.
    follows: (sources.length > 0 ? sources : [source]).map((each) => each?.targetRevision ?? "HEAD"),
    health: health?.status ?? "Unknown",
    sync: sync?.status ?? "Unknown",
    // Compared with a commit that is not applied yet, a difference is no drift.
    drift: sync?.status === "OutOfSync" && sync.revision !== undefined && sync.revision === commit && !applies,
    at: null,
  };
}

/**
 * The service's image: the only one, or the one with the service's name (the others are sidecars). Finished pods of
 * cron jobs and jobs have the image of their time, so among several versions it is not known which one serves.
 */
function imageOfService(images: readonly string[], service: string): Pick<Running, "image" | "repository"> {
  const named = images.map((image) => /^((?:.*\/)?([^/:@]+))(?::([^@]+))?(@.+)?$/.exec(image));
  const own = named.length === 1 ? named : named.filter((parts) => parts?.[2] === service);
  const [, repository = null, , tag = "", digest = ""] = own[0] ?? [];
  if (own.length > 1 && own.every((parts) => parts?.[1] === repository)) return { image: null, repository };
  return { image: `${tag}${digest}` === "" ? null : `${tag}${digest}`, repository };
}
