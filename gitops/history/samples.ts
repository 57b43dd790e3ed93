import type { Deployment } from "./deployment";

/** What an environment's events are found in. */
export interface Sampled {
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
