import { OPERATION, PHASE, REVISION, SETTLED, SYNC_FAILING, type Condition } from "./conditions";
import { APPLICATION, pageOf, type Place } from "./message";

/** What writes the services' health to GitHub: a GitHub App with the right to write deployments, and nothing else. */
export interface DeploymentsApp {
  readonly appId: number;
  /** The App's installation in the repository's organisation. */
  readonly installationId: number;
  /** GitHub's REST API where it is not github.com's, with its path `/api/v3`. */
  readonly apiUrl: string | undefined;
  /** The repository that gets the deployments. */
  readonly repository: { readonly owner: string; readonly name: string };
}

/** The key of argocd-notifications-secret that holds the App's private key. */
export const APP_KEY = "github-privateKey";

/** The trigger of every state that GitHub is told. */
export const DEPLOYMENT_TRIGGER = "on-deployment";

/**
 * Where the controller keeps what it has told, as JSON by `<oncePer>:<trigger>:…`. By it a service that failed and came
 * back is told again, although its commit was told before. An entry that was dropped (it keeps 100) repeats a status
 * and does no harm.
 */
const TOLD = "(app.metadata.annotations?.['notified.notifications.argoproj.io'] ?? '')";
const FAILED = `${REVISION} + ' failed '`;
const FAILURES = `string(count(split(${TOLD}, '"'), # startsWith (${FAILED})))`;
const HEALS = `(${OPERATION}?.operation?.sync?.autoHealAttemptsCount ?? 0)`;
const HEALTH = "app.status.health.status";

/**
 * One state of GitHub's deployment statuses, and when it is told. Each names its commit: without one there is no
 * deployment.
 */
interface State {
  readonly state: "in_progress" | "success" | "failure";
  readonly condition: Omit<Condition, "send">;
  /** GitHub shows 140 characters of it. */
  readonly message: string;
}

const STATES: Readonly<Record<string, State>> = {
  // A heal brings nothing new: it would only hide for a moment that the service runs.
  "deployment-started": {
    state: "in_progress",
    condition: {
      when:
        `${REVISION} != '' and ${HEALS} == 0 and not ${SYNC_FAILING} and ` +
        `(${PHASE} == 'Running' or ${PHASE} == 'Succeeded' and ${HEALTH} == 'Progressing')`,
      oncePer: REVISION,
    },
    message: "Argo CD deploys it.",
  },
  "deployment-succeeded": {
    state: "success",
    condition: {
      when: `${REVISION} != '' and ${PHASE} == 'Succeeded' and app.status.sync.status == 'Synced' and ${HEALTH} == 'Healthy'`,
      oncePer: `${REVISION} + ' after ' + ${FAILURES}`,
    },
    message: "Synced and Healthy.",
  },
  "deployment-degraded": {
    state: "failure",
    condition: {
      when: `${REVISION} != '' and ${HEALTH} in ['Degraded', 'Suspended'] and ${SETTLED}`,
      oncePer: `${FAILED} + (app.status.health.lastTransitionTime ?? '')`,
    },
    message: "Synced, and {{.app.status.health.status}}.",
  },
  "deployment-failed": {
    state: "failure",
    condition: { when: `${REVISION} != '' and ${SYNC_FAILING}`, oncePer: `${FAILED} + ${OPERATION}.startedAt` },
    message: `Cannot be deployed: {{.${OPERATION}.message | default "Argo CD gives no reason."}}`,
  },
};

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/github/ */
export function githubService({ appId, installationId, apiUrl }: DeploymentsApp) {
  return {
    appID: appId,
    installationID: installationId,
    // Argo CD puts the value from argocd-notifications-secret in the place of the name.
    privateKey: `$${APP_KEY}`,
    ...(apiUrl !== undefined && { enterpriseBaseURL: apiUrl }),
  };
}

/** The conditions of {@link DEPLOYMENT_TRIGGER}. */
export function deploymentConditions(): Condition[] {
  return Object.entries(STATES).map(([name, { condition }]) => ({ ...condition, send: [name] }));
}

/**
 * The templates that the conditions send, by name. A deployment is of the commit that the last sync brought (Argo CD's
 * default for `revisionPath`) to the environment `<environment>/<service>`; the newest one of an environment says what
 * runs there.
 */
export function deploymentTemplates(place: Place, { repository }: DeploymentsApp): Record<string, unknown> {
  const logURL = pageOf(place);
  return Object.fromEntries(
    Object.entries(STATES).map(([name, { state, message }]) => [
      name,
      {
        message,
        github: {
          // Argo CD takes the first two parts of the path; those of a clone URL may be a proxy's.
          repoURLPath: `https://github.com/${repository.owner}/${repository.name}`,
          deployment: {
            state,
            environment: `${place.environment}/${APPLICATION}`,
            ...(logURL !== undefined && { logURL }),
            // The commit is deployed already: no check of it and no merge can be asked for.
            requiredContexts: [],
            autoMerge: false,
          },
        },
      },
    ]),
  );
}
