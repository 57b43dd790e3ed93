import { describeError } from "../errors";
import { type DriftReading, NOTHING_FOUND } from "../drift/finding";
import type { Session } from "../session";
import type { ValuesFile } from "../../contract/paths";
import type { Clone } from "../git/clone";
import { alarmsOf, foreign } from "./alarms";
import { type GitStatus, readGitStatus } from "./declared";
import type { Reading, Running, Status } from "./model";
import { readReported } from "../github/deployments";
import { readPending } from "./pending-pulls";

/** What says what one environment's cluster runs, service by service. */
export type ReadRunning = (service: string) => Promise<Reading<Running>>;

/** Another source than GitHub's deployments, by environment. Default: none. */
export type Sources = ReadonlyMap<string, ReadRunning>;

/** What looks in an environment's cluster for undeclared changes, by environment. Default: none. */
export type Looks = ReadonlyMap<string, () => Promise<DriftReading>>;

/** Asks every source. One that cannot be reached says so in its place, and the rest is there. */
export async function readStatus(
  session: Session,
  names: readonly string[],
  sources: Sources = new Map(),
  looks: Looks = new Map(),
): Promise<Status> {
  const { clone, repository } = session;
  const [asked, waiting, drift] = await Promise.all([
    readGitStatus(clone, names),
    readPending(session),
    lookAround(names, looks),
  ]);
  const services = [...new Set(asked.flatMap((environment) => [...environment.services.keys()]))].sort();
  const running = (file: ValuesFile) => sources.get(file.environment)?.(file.service) ?? readReported(session, file);
  const found = await Promise.all(
    services.flatMap((service) =>
      asked.map(async ({ name, line }) => {
        const runs = await running({ environment: name, service });
        return { name, service, runs, isForeign: runs.state === "known" && foreign(runs.value, line).length > 0 };
      }),
    ),
  );
  // A cluster may have seen a merge that came after this clone: only what a newer one does not have either is an alarm.
  const git = found.some(({ isForeign }) => isForeign) ? await readAgain(clone, names) : asked;
  const nothing = { declared: null, waits: null };
  return {
    repository: `${repository.owner}/${repository.repo}`,
    at: new Date().toISOString(),
    environments: git.map(({ name, branch, chartsWait }) => {
      const { platform: findings, unread } = drift.get(name) ?? NOTHING_FOUND;
      return { name, branch, chartsWait, findings, unread };
    }),
    services: services.map((service) => ({
      name: service,
      environments: git.map((environment) => {
        const { name, services: known } = environment;
        const says = known.get(service) ?? nothing;
        const runs = found.find((each) => each.name === name && each.service === service)?.runs ?? UNKNOWN;
        const findings = drift.get(name)?.services.get(service) ?? [];
        return { environment: name, ...says, runs, alarms: alarmsOf(says.declared, runs, environment), findings };
      }),
    })),
    waiting,
  };
}

/** A cluster that cannot be looked at does not keep the others from being. */
async function lookAround(names: readonly string[], looks: Looks): Promise<Map<string, DriftReading>> {
  const found = names.map(async (name): Promise<[string, DriftReading]> => {
    try {
      return [name, (await looks.get(name)?.()) ?? NOTHING_FOUND];
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
