import { CHARTS, SERVICE_CHART } from "./paths";

/** What a service's file in an environment is, `environments/<environment>/<service>.yaml`, and where its image is. */
export type Source = ChartSource | ManifestsSource;

/** The file holds the values of a chart of this repository. */
export interface ChartSource {
  readonly kind: "chart";
  /** The chart's folder, such as `charts/shop`. */
  readonly chart: string;
  /** The keys to the mapping with the image's repository, tag and digest, such as `["web", "image"]`. */
  readonly image: readonly string[];
}

/** The file holds the objects themselves. */
export interface ManifestsSource {
  readonly kind: "manifests";
  /** The container whose image is the service's version. Undefined: the only container. */
  readonly container?: string | undefined;
}

/** The source of a service that declares none: the service chart. */
export const SERVICE_SOURCE: ChartSource = { kind: "chart", chart: SERVICE_CHART, image: ["image"] };

/** Whether a service uses the service chart, whose values have rules of their own. */
export function isServiceChart(source: Source): boolean {
  return source.kind === "chart" && source.chart === SERVICE_CHART;
}

/** Whether two sources are the same. */
export function sameSource(one: Source, other: Source): boolean {
  return describeSource(one) === describeSource(other);
}

/** A source in a few words: `charts/shop, image at web.image`. */
export function describeSource(source: Source): string {
  if (source.kind === "chart") return `${source.chart}, image at ${source.image.join(".")}`;
  return source.container === undefined ? "manifests" : `manifests, image of ${source.container}`;
}

const CHART = new RegExp(`^${CHARTS}/[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`);

/** Whether a path is one of a chart's folder. */
export function isChartFolder(path: string): boolean {
  return CHART.test(path);
}

/** The keys of a path such as `web.image`; undefined if a key of it has other characters than the edit supports. */
export function parseImagePath(path: string): string[] | undefined {
  return /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/.test(path) ? path.split(".") : undefined;
}
