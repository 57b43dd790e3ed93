import { formatMessage } from "@gitops-platform/contract/trailers";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import { type Version, versionName } from "@gitops-platform/contract/values/image";
import type { Outcome } from "./outcome";

/** A version for a service. */
export interface BumpOrder extends ValuesFile {
  readonly version: Version;
}

/** A bump in one line: its commit's subject, and what its outcome is about. */
export function subjectOf({ service, environment, version }: BumpOrder): string {
  return `Deploy ${service} ${version.tag} to ${environment}`;
}

/**
 * The message of a bump's commit.
 * @param requestedBy Logins of those who started the workflow that runs it.
 */
export function messageOf(order: BumpOrder, requestedBy: readonly string[]): string {
  const { service, environment, version } = order;
  return formatMessage(subjectOf(order), {
    Service: service,
    Environment: environment,
    Image: versionName(version),
    "Requested-By": requestedBy.map((login) => `@${login}`),
  });
}

/** What a bump came to. */
export function outcomeOf(order: BumpOrder, more: Pick<Outcome, "state"> & Partial<Outcome>): Outcome {
  const { service, environment, version } = order;
  return { service, environment, image: versionName(version), summary: subjectOf(order), ...more };
}
