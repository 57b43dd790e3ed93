import { CHARTS, SERVICE_CHART } from "./paths";

/** What a service's file in an environment is, and where its image is. */
export type Source = ChartSource | ManifestsSource | KustomizeSource;

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

/** The file is a kustomization: `environments/<environment>/<service>/kustomization.yaml`. */
export interface KustomizeSource {
  readonly kind: "kustomize";
  /** The folder that all of them build on, such as `charts/shop`. */
  readonly base: string;
  /** The name of the entry of `images` that is the service's version. Undefined: the only entry. */
  readonly image?: string | undefined;
}

/** The source of a service that declares none: the service chart. */
export const SERVICE_SOURCE: ChartSource = { kind: "chart", chart: SERVICE_CHART, image: ["image"] };

/** Whether a service uses the service chart, whose values have rules of their own. */
export function isServiceChart(source: Source): boolean {
  return source.kind === "chart" && source.chart === SERVICE_CHART;
}

/** The folder of the files that all environments share: the chart, or the base of kustomizations. */
export function sharedFolder(source: Source): string | undefined {
  if (source.kind === "manifests") return undefined;
  return source.kind === "chart" ? source.chart : source.base;
}

/** Whether two sources are the same. */
export function sameSource(one: Source, other: Source): boolean {
  return describeSource(one) === describeSource(other);
}

/** A source in a few words: `charts/shop, image at web.image`. */
export function describeSource(source: Source): string {
  if (source.kind === "chart") return `${source.chart}, image at ${source.image.join(".")}`;
  if (source.kind === "kustomize") {
    return source.image === undefined
      ? `kustomize, ${source.base}`
      : `kustomize, ${source.base}, image ${source.image}`;
  }
  return source.container === undefined ? "manifests" : `manifests, image of ${source.container}`;
}

const CHART = new RegExp(`^${CHARTS}/[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`);

/** Whether a path is one of the folder of a chart or base. */
export function isChartFolder(path: string): boolean {
  return CHART.test(path);
}

/** The keys of a path such as `web.image`; undefined if a key of it has other characters than the edit supports. */
export function parseImagePath(path: string): string[] | undefined {
  return /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/.test(path) ? path.split(".") : undefined;
}
