import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { OPERATION, PHASE, REVISION, SETTLED, SYNC_FAILING, type Condition } from "./conditions";
import { APPLICATION, applicationUrl, type MessageContext } from "./message";

/** The GitHub App that reports the services' health to GitHub. Its only permission is to write deployments. */
export interface DeploymentsApp {
  readonly appId: number;
  /** The App's installation in the repository's organisation. */
  readonly installationId: number;
  /** The URL of GitHub's REST API, including `/api/v3`. Undefined: github.com's. */
  readonly apiUrl: string | undefined;
  /** The repository in which the deployments are created. */
  readonly repository: { readonly owner: string; readonly name: string };
}

/** The key of argocd-notifications-secret that holds the App's private key. */
export const APP_KEY = "github-privateKey";

/** The trigger for every deployment status. */
export const DEPLOYMENT_TRIGGER = "on-deployment";

/**
 * The annotation in which the controller records sent notifications, as JSON with the keys `<oncePer>:<trigger>:…`.
 * Counting its failures lets a service that recovered report success again for the same commit. The controller keeps
 * 100 entries; dropping one only repeats a status.
 */
const NOTIFIED = "(app.metadata.annotations?.['notified.notifications.argoproj.io'] ?? '')";
const FAILED = `${REVISION} + ' failed '`;
const FAILURES = `string(count(split(${NOTIFIED}, '"'), # startsWith (${FAILED})))`;
const HEALS = `(${OPERATION}?.operation?.sync?.autoHealAttemptsCount ?? 0)`;
const HEALTH = "app.status.health.status";

/**
 * One deployment status, and the condition under which it is sent. Each condition requires a commit, because a
 * deployment must have one.
 */
interface State {
  readonly state: "in_progress" | "success" | "failure";
  readonly condition: Omit<Condition, "send">;
  /** GitHub shows its first 140 characters. */
  readonly message: string;
}

const STATES: Readonly<Record<string, State>> = {
  // Not for a heal: it deploys nothing new, and would briefly hide the status success.
  "deployment-started": {
    state: "in_progress",
    condition: {
      when:
        `${REVISION} != '' and ${HEALS} == 0 and not ${SYNC_FAILING} and ` +
        `(${PHASE} == 'Running' or ${PHASE} == 'Succeeded' and ${HEALTH} == 'Progressing')`,
      oncePer: REVISION,
    },
    message: "Argo CD is deploying it.",
  },
  "deployment-succeeded": {
    state: "success",
    condition: {
      when:
        `${REVISION} != '' and ${PHASE} == 'Succeeded' and app.status.sync.status == 'Synced' and ${HEALTH} == ` +
        "'Healthy'",
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
    // Argo CD replaces the name with the value in argocd-notifications-secret.
    privateKey: `$${APP_KEY}`,
    ...(apiUrl !== undefined && { enterpriseBaseURL: apiUrl }),
  };
}

/** The conditions of {@link DEPLOYMENT_TRIGGER}. The catalogue's Application deploys no version of a service. */
export function deploymentConditions(): Condition[] {
  return Object.entries(STATES).map(
    ([
      name,
      {
        condition: { when, ...condition },
      },
    ]) => ({
      ...condition,
      when: `app.metadata.name != '${CATALOGUE}' and ${when}`,
      send: [name],
    }),
  );
}

/**
 * The templates of the deployment statuses, by name. A deployment records the commit of the last sync (Argo CD's
 * default for `revisionPath`) in the environment `<environment>/<service>`. The newest deployment of an environment
 * shows what is running there.
 */
export function deploymentTemplates(context: MessageContext, { repository }: DeploymentsApp): Record<string, unknown> {
  const logURL = applicationUrl(context);
  return Object.fromEntries(
    Object.entries(STATES).map(([name, { state, message }]) => [
      name,
      {
        message,
        github: {
          // Argo CD uses the first two segments of the path. In a clone URL they could belong to a proxy.
          repoURLPath: `https://github.com/${repository.owner}/${repository.name}`,
          deployment: {
            state,
            environment: `${context.environment}/${APPLICATION}`,
            ...(logURL !== undefined && { logURL }),
            // The commit is already deployed, so GitHub must neither require checks nor merge anything.
            requiredContexts: [],
            autoMerge: false,
          },
        },
      },
    ]),
  );
}
