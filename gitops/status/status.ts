import type { Session } from "../session";
import type { ValuesFile } from "../values/files";
import { readGitStatus } from "./declared";
import type { Reading, Running, Status } from "./model";
import { readReported } from "./reported";
import { readPending } from "./pending-pulls";

/** What says what one environment's cluster runs, service by service. */
export type ReadRunning = (service: string) => Promise<Reading<Running>>;

/** Another source than GitHub's deployments, by environment. Default: none. */
export type Sources = ReadonlyMap<string, ReadRunning>;

/** Asks every source. One that cannot be reached says so in its place, and the rest is there. */
export async function readStatus(
  session: Session,
  names: readonly string[],
  sources: Sources = new Map(),
): Promise<Status> {
  const { clone, repository } = session;
  const [git, waiting] = await Promise.all([readGitStatus(clone, names), readPending(session)]);
  const services = [...new Set(git.flatMap((environment) => [...environment.services.keys()]))].sort();
  const running = (file: ValuesFile) => sources.get(file.environment)?.(file.service) ?? readReported(session, file);
  const nothing = { declared: null, waits: null };
  return {
    repository: `${repository.owner}/${repository.repo}`,
    at: new Date().toISOString(),
    environments: git.map(({ name, branch, chartsWait }) => ({ name, branch, chartsWait })),
    services: await Promise.all(
      services.map(async (service) => ({
        name: service,
        environments: await Promise.all(
          git.map(async ({ name, services: known }) => ({
            environment: name,
            ...(known.get(service) ?? nothing),
            runs: await running({ environment: name, service }),
          })),
        ),
      })),
    ),
    waiting,
  };
}
