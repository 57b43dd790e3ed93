import type { Deployment } from "./deployment";

/**
 * How an environment is delivered to, in the terms of DORA's four keys (https://dora.dev/guides/dora-metrics-four-keys/), as far as
 * the GitOps repository tells. A figure for which there is no data is null.
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
   * Change lead time: from the commit that first brought an image to the first environment until it was deployed here, the median.
   * DORA counts from the commit of the code, which is in another repository: building and testing are not part of this.
   */
  readonly leadTimeMedianSeconds: number | null;
  /** Change fail rate: of those deployments, the part (0 to 1) after which the next version of the service was a rollback. */
  readonly changeFailureRate: number | null;
  /** Failed deployment recovery time: from a deployment that was rolled back until the rollback, the median. */
  readonly timeToRestoreMedianSeconds: number | null;
}

/** What the figures are made of. */
export interface Measured {
  readonly environment: string;
  /** All of the environment's deployments, newest first, also those before `since`. */
  readonly deployments: readonly Deployment[];
  /** All of the environment that images come to first, newest first. */
  readonly first: readonly Deployment[];
  /** Where the time begins. Undefined: at the first deployment. */
  readonly since: Date | undefined;
  readonly now: Date;
}

const DAY_SECONDS = 24 * 60 * 60;

/** Computes the figures of one environment. */
export function measure({ environment, deployments, first, since, now }: Measured): Metrics {
  const oldest = deployments.at(-1)?.at;
  const begin = since ?? (oldest === undefined ? now : new Date(oldest));
  const days = Math.max(0, seconds(begin.toISOString(), now.toISOString()) / DAY_SECONDS);
  const images = deployments.filter(({ service, from, to }) => service !== null && to !== null && from !== to);
  const isCounted = ({ kind, at }: Deployment) => kind !== "rollback" && new Date(at) >= begin;
  const counted = images.filter(isCounted);
  const appeared = firstAppearances(first);
  const leadTimes = counted.flatMap(({ service, to, at }) => {
    const start = appeared.get(`${service ?? ""} ${to ?? ""}`);
    return start === undefined || start > at ? [] : [seconds(start, at)];
  });
  const failures = rolledBack(images).filter(({ failed }) => isCounted(failed));
  const restored = failures.map(({ failed, rollback }) => seconds(failed.at, rollback.at));
  return {
    environment,
    days,
    deployments: counted.length,
    deploymentsPerDay: days === 0 ? null : counted.length / days,
    leadTimeMedianSeconds: median(leadTimes),
    changeFailureRate: counted.length === 0 ? null : failures.length / counted.length,
    timeToRestoreMedianSeconds: median(restored),
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

/** The middle value; between two the mean of them; null of none. */
function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
