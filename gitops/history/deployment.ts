/** What became of a service, or of what renders all of them. */
export type Kind =
  /** A version that the environment did not have, or has again after a rollback. */
  | "deployment"
  /** The same, carried on from another environment. */
  | "promotion"
  /**
   * A version that is older than the one it replaces, by the order in which the environment first got them; or a
   * revert.
   */
  | "rollback"
  /** Other values than the image. */
  | "configuration"
  /** A chart: all services that use it are rendered again. */
  | "chart"
  /** The service's values are gone. */
  | "removal"
  /**
   * Files of the environment's branch that are neither values nor charts: who approves, workflows, or what should not
   * be there.
   */
  | "files";

/** Whether somebody let a deployment in, and how that is known. */
export type Approval =
  /** The environment waits for nobody. */
  | { readonly state: "not needed"; readonly reason: string }
  /** A signed record says so. The people are code owners of what was released, who had no part in it. */
  | { readonly state: "approved"; readonly by: readonly string[] }
  /** A signed record says that one person went past the second, and why. */
  | { readonly state: "break-glass"; readonly by: string; readonly reason: string }
  /** The environment waits for approvals, and none is on record: whatever let this in is not known. */
  | { readonly state: "unverified"; readonly reason: string };

/** One thing that a commit deployed in one environment. Plain JSON. */
export interface Deployment {
  /** When the branch that the environment reads moved, ISO 8601 in UTC. */
  readonly at: string;
  /** The commit that it moved to. */
  readonly commit: string;
  readonly environment: string;
  /** The service; null for a chart and for other files. */
  readonly service: string | null;
  /** The chart; null for a service and for other files. */
  readonly chart: string | null;
  /** The paths, of other files only. */
  readonly files?: readonly string[];
  readonly kind: Kind;
  /** The image before, `tag` or `tag@digest`, or the chart's version; null where there was none. */
  readonly from: string | null;
  /** The image, or the chart's version, from then on. */
  readonly to: string | null;
  /** Whether other values than the image changed. */
  readonly configuration: boolean;
  /** Who asked for it: `@login` where a record or a bot's commit says so, else the names of authors. */
  readonly by: readonly string[];
  /**
   * Whether a signed record says so, by what GitHub knows of pushes and pull requests. Not there: commits do, and
   * anyone who may write can make those say anything.
   */
  readonly byRecord?: true;
  readonly approval: Approval;
  /** The subject of the commit that made the change. */
  readonly subject: string;
  /** What that commit says beyond its subject; null where it says no more. */
  readonly explanation: string | null;
  /** The pull request; null where the commit came without one. */
  readonly pullRequest: number | null;
}

/** What a deployment is about, in words. */
export function subjectOf({ service, chart }: Pick<Deployment, "service" | "chart">): string {
  return service ?? (chart === null ? "other files" : `chart ${chart}`);
}
