import { sample, type Sampled } from "./samples";

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
