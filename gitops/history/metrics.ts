import type { Deployment } from "./deployment";

/**
 * How an environment is delivered to, in the terms of DORA's four keys
 * (https://dora.dev/guides/dora-metrics-four-keys/), as far as the GitOps repository tells. A figure for which there is
 * no data is null.
 */
export interface Metrics {
  readonly environment: string;
  /** The days that the figures are about. */
  readonly days: number;
  /** New versions of services in that time; neither rollbacks nor changes of configuration alone. */
  readonly deployments: number;
  /** Deployment frequency: those, for each day. */
  readonly deploymentsPerDay: number | null;
  /**
   * Change lead time: from the commit that first brought an image to the first environment until it was deployed here,
   * the median. DORA counts from the commit of the code, which is in another repository: building and testing are not
   * part of this.
   */
  readonly leadTimeMedianSeconds: number | null;
  /**
   * Change fail rate: of those deployments, the part (0 to 1) after which the next version of the service was a
   * rollback.
   */
  readonly changeFailureRate: number | null;
  /** Failed deployment recovery time: from a deployment that was rolled back until the rollback, the median. */
  readonly timeToRestoreMedianSeconds: number | null;
}

/** What the figures are made of. */
export interface Measured extends Sampled {
  readonly environment: string;
  readonly now: Date;
}

const DAY_SECONDS = 24 * 60 * 60;

/** Computes the figures of one environment. */
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

/** The middle value; between two the mean of them; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** What an environment's events are found in. */
interface Sampled {
  /** All of the environment's deployments, newest first, also those before `since`. */
  readonly deployments: readonly Deployment[];
  /** All of the environment that images come to first, newest first. */
  readonly first: readonly Deployment[];
  /** Where the time begins. Undefined: at the first deployment. */
  readonly since: Date | undefined;
}

/** The single events that the figures of an environment are made of, each newest first. */
export interface Samples {
  /** New versions of services: neither rollbacks nor changes of configuration alone. */
  readonly counted: readonly Deployment[];
  /** Of those, the ones whose image is known to have come to the first environment, with the seconds from then. */
  readonly leadTimes: readonly { readonly deployment: Deployment; readonly seconds: number }[];
  /** Of those, the ones that were rolled back, with the seconds until then. */
  readonly failures: readonly {
    readonly failed: Deployment;
    readonly rollback: Deployment;
    readonly seconds: number;
  }[];
}

/** Finds them. */
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

/** Each deployment whose service's next one is a rollback. */
function rolledBack(images: readonly Deployment[]): { failed: Deployment; rollback: Deployment }[] {
  const newer = new Map<string | null, Deployment>();
  return images.flatMap((deployment) => {
    const next = newer.get(deployment.service);
    newer.set(deployment.service, deployment);
    return next?.kind === "rollback" ? [{ failed: deployment, rollback: next }] : [];
  });
}

/** When each image of each service first came: the oldest of a list that begins with the newest. */
function firstAppearances(deployments: readonly Deployment[]): Map<string, string> {
  return new Map(deployments.map(({ service, to, at }) => [`${service ?? ""} ${to ?? ""}`, at]));
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
