import type { Stage } from "@gitops-platform/contract/environment-graph";
import { environments } from "@gitops-platform/environments/environments";

/** The names of the environments of the stage production. */
export const PRODUCTION: string[] = environments.filter(({ stage }) => stage === "production").map(({ name }) => name);

/**
 * A rule's default requirement for each environment, by its stage. A declaration cannot weaken it without changing its
 * stage.
 */
export function byStage<T>(requirements: Readonly<Record<Stage, T>>): Record<string, T> {
  return Object.fromEntries(environments.map(({ name, stage }) => [name, requirements[stage]]));
}
