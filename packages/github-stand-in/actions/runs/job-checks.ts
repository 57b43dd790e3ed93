import { actionsActor } from "../../domain/access/actions-app";
import { commonPayload } from "../../domain/webhooks/payloads";
import { checkRunShape } from "../../shapes/checks";
import { now } from "../../store/database";
import type { JobRecord, RunConclusion, RunRecord } from "../../store/history-records";
import type { CheckRunRecord, RepositoryRecord } from "../../store/records";
import type { RunServices } from "./services";

type Services = Pick<RunServices, "database" | "urls" | "webhooks">;

/** Creates the check run of a job on its commit, with the job's id. */
export function startCheck(services: Services, repository: RepositoryRecord, run: RunRecord, job: JobRecord): void {
  const check: CheckRunRecord = {
    id: job.id,
    sha: run.headSha,
    name: job.name,
    status: "queued",
    conclusion: null,
    app: actionsActor(services).app,
    startedAt: now(),
    completedAt: null,
    detailsUrl: services.urls.html(repository, `/actions/runs/${run.id}/job/${job.id}`),
    externalId: "",
    output: { title: null, summary: null, text: null },
  };
  repository.checkRuns.push(check);
  emitCheck(services, repository, check, "created");
}

/** Updates the check run of a job that starts. */
export function progressCheck({ checkRuns }: RepositoryRecord, job: JobRecord): void {
  const check = checkRuns.find(({ id }) => id === job.id);
  if (check) check.status = "in_progress";
}

/** Completes the check run of a job; `summary` is the reason, if it is known. */
export function endCheck(
  services: Services,
  repository: RepositoryRecord,
  job: JobRecord,
  conclusion: RunConclusion,
  summary: string | undefined,
): void {
  const check = repository.checkRuns.find(({ id }) => id === job.id);
  if (!check) return;
  const output = { title: summary === undefined ? null : job.name, summary: summary ?? null, text: null };
  Object.assign(check, { status: "completed", conclusion, completedAt: now(), output });
  emitCheck(services, repository, check, "completed");
}

function emitCheck(services: Services, repository: RepositoryRecord, check: CheckRunRecord, action: string): void {
  const payload = {
    action,
    check_run: checkRunShape(services, repository, check),
    ...commonPayload(services, repository, actionsActor(services)),
  };
  services.webhooks.emit(repository, { name: "check_run", payload });
}
