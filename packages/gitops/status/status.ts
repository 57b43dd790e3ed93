import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { describeError } from "../errors";
import { type DriftReading, NOTHING_FOUND } from "../drift/finding";
import type { Session } from "../session";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { alarmsOf, foreignRevisions } from "./alarms";
import { catalogueProblem } from "./catalogue";
import { type GitStatus, readGitStatus } from "./declared";
import type { PendingPromotion, Reading, Running, Status } from "./model";
import { readDeploymentStatus, readReported } from "../github/deployments";
import { readAheadIfAny } from "../versions/ahead";
import { versionName } from "@gitops-platform/contract/values/image";
import { readPending } from "./pending-pulls";

/** Reads the live state of a service in one environment. */
export type ReadLiveState = (service: string) => Promise<Reading<Running>>;

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
