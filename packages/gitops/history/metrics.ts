import type { Deployment } from "./deployment";

/**
 * DORA's four keys of an environment (https://dora.dev/guides/dora-metrics-four-keys/), from the GitOps repository
 * alone. A figure without data is null.
 */
export interface Metrics {
  readonly environment: string;
  /** The length of the period in days. */
  readonly days: number;
  /** New versions of services in the period, without rollbacks and changes of configuration alone. */
  readonly deployments: number;
  /** Deployment frequency. */
  readonly deploymentsPerDay: number | null;
  /**
   * Change lead time: the median time from the deployment of an image in the first environment to its deployment here.
   * DORA counts from the commit of the code; that commit is in another repository, so building and testing are not
   * included.
   */
  readonly leadTimeMedianSeconds: number | null;
  /** Change fail rate: the part of the deployments (0 to 1) whose service's next change was a rollback. */
  readonly changeFailureRate: number | null;
  /** Failed deployment recovery time: the median time from a deployment to its rollback. */
  readonly timeToRestoreMedianSeconds: number | null;
}

/** The data of an environment's figures. */
export interface Measured extends Sampled {
  readonly environment: string;
  readonly now: Date;
}

const DAY_SECONDS = 24 * 60 * 60;

export function measure(measured: Measured): Metrics {
  const { environment, deployments, since, now } = measured;
  const oldest = deployments.at(-1)?.at;
  const begin = since ?? (oldest === undefined ? now : new Date(oldest));
  const days = Math.max(0, (now.getTime() - begin.getTime()) / (DAY_SECONDS * 1000));
  const { counted, leadTimes, failures } = sample(measured);
  return {
    environment,
    days,
    deployments: counted.length,
    deploymentsPerDay: days === 0 ? null : counted.length / days,
    leadTimeMedianSeconds: median(leadTimes.map(({ seconds }) => seconds)),
    changeFailureRate: counted.length === 0 ? null : failures.length / counted.length,
    timeToRestoreMedianSeconds: median(failures.map(({ seconds }) => seconds)),
  };
}

/** null: there are no values. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

interface Sampled {
  /** All deployments of the environment, newest first, including those before `since`. */
  readonly deployments: readonly Deployment[];
  /** All deployments of the first environment, newest first. */
  readonly first: readonly Deployment[];
  /** The start of the period; undefined: the first deployment. */
  readonly since: Date | undefined;
}

/** The events from which the figures of an environment are computed, newest first. */
export interface Samples {
  /** New versions of services, without rollbacks and changes of configuration alone. */
  readonly counted: readonly Deployment[];
  /** Those whose image was deployed in the first environment, with the seconds since then. */
  readonly leadTimes: readonly { readonly deployment: Deployment; readonly seconds: number }[];
  /** Those that were rolled back, with the seconds until the rollback. */
  readonly failures: readonly {
    readonly failed: Deployment;
    readonly rollback: Deployment;
    readonly seconds: number;
  }[];
}

export function sample({ deployments, first, since }: Sampled): Samples {
  const images = deployments.filter(({ service, from, to }) => service !== null && to !== null && from !== to);
  const isCounted = ({ kind, at }: Deployment) => kind !== "rollback" && (since === undefined || new Date(at) >= since);
  const counted = images.filter(isCounted);
  const appeared = firstAppearances(first);
  return {
    counted,
    leadTimes: counted.flatMap((deployment) => {
      const { service, to, at } = deployment;
      const start = appeared.get(`${service ?? ""} ${to ?? ""}`);
      return start === undefined || start > at ? [] : [{ deployment, seconds: seconds(start, at) }];
    }),
    failures: rolledBack(images)
      .filter(({ failed }) => isCounted(failed))
      .map(({ failed, rollback }) => ({ failed, rollback, seconds: seconds(failed.at, rollback.at) })),
  };
}

/** The deployments whose service's next deployment is a rollback. */
function rolledBack(images: readonly Deployment[]): { failed: Deployment; rollback: Deployment }[] {
  const newer = new Map<string | null, Deployment>();
  return images.flatMap((deployment) => {
    const next = newer.get(deployment.service);
    newer.set(deployment.service, deployment);
    return next?.kind === "rollback" ? [{ failed: deployment, rollback: next }] : [];
  });
}

/** When each image of each service first appeared. The deployments are newest first, so the oldest one is kept. */
function firstAppearances(deployments: readonly Deployment[]): Map<string, string> {
  return new Map(deployments.map(({ service, to, at }) => [`${service ?? ""} ${to ?? ""}`, at]));
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
