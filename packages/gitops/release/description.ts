import { isDeepStrictEqual } from "node:util";
import { deliveryPath } from "@gitops-platform/contract/catalogue";
import { CHARTS } from "@gitops-platform/contract/paths";
import type { Trailers } from "@gitops-platform/contract/trailers";
import { imageName, type ImageState, versionName } from "@gitops-platform/contract/values/image";
import { delivered } from "../catalogue/delivered";
import type { Clone } from "../git/clone";
import { changesBetween } from "../git/file-history";
import { imageStateAt, textsAt } from "../values/at";
import type { ReleaseUnit } from "./unit";

/**
 * How the objects that deliver a service change.
 *
 * - `none`: there are none, because the service has no declaration. `same`: nothing changes.
 * - `new`, `changed`, `removed`: the objects themselves.
 * - `retired`: the workload is deleted, and its namespace stays.
 */
export type DeliveryChange = "none" | "same" | "new" | "changed" | "removed" | "retired";

/** Describes a unit's release. */
export interface Description {
  /** The title of the pull request and of its commit. */
  readonly subject: string;
  readonly trailers: Trailers;
  /** The image before the release; undefined for charts. */
  readonly from: ImageState | undefined;
  /** The image after the release; undefined for charts. */
  readonly to: ImageState | undefined;
  readonly delivery: DeliveryChange;
  /** Whether the values change. */
  readonly values: "same" | "changed";
}

/** Describes how a unit changes between two revisions. */
export async function describe(clone: Clone, unit: ReleaseUnit, before: string, after: string): Promise<Description> {
  const { environment, service } = unit;
  if (service === undefined) return describeCharts(clone, environment, before, after);
  const file = { environment, service };
  const [was, is] = await Promise.all([before, after].map((revision) => textsAt(clone, revision, file)));
  const [from, to] = await Promise.all([imageStateAt(clone, before, file), imageStateAt(clone, after, file)]);
  const delivery = await deliveryChange(clone, { environment, service }, before, after);
  const image = to.state === "read" && { Image: versionName(to.image) };
  const values = isDeepStrictEqual(was, is) ? ("same" as const) : ("changed" as const);
  return {
    subject: subjectOf({ environment, service }, { from, to, delivery, values }),
    trailers: { Service: service, Environment: environment, ...image },
    ...{ from, to, delivery, values },
  };
}

async function describeCharts(clone: Clone, environment: string, before: string, after: string): Promise<Description> {
  const changes = await changesBetween(clone, before, after, CHARTS);
  const charts = [...new Set(changes.map(({ path }) => path.split("/")[1] ?? ""))];
  return {
    subject: `Release charts to ${environment}`,
    trailers: { Charts: charts.join(", "), Environment: environment },
    ...{ from: undefined, to: undefined, delivery: "none", values: "same" },
  };
}

interface ServiceInEnvironment {
  readonly environment: string;
  readonly service: string;
}

async function deliveryChange(
  clone: Clone,
  unit: ServiceInEnvironment,
  before: string,
  after: string,
): Promise<DeliveryChange> {
  const path = deliveryPath(unit);
  const [was, is] = await Promise.all([clone.read(before, path), clone.read(after, path)]);
  if (is === undefined) return was === undefined ? "none" : "removed";
  if (was === is) return "same";
  const isRetired = async (revision: string) => {
    return (await delivered(clone, revision, unit.environment)).retired.has(unit.service);
  };
  if ((await isRetired(after)) && !(await isRetired(before))) return "retired";
  return was === undefined ? "new" : "changed";
}

function subjectOf(
  { environment, service }: ServiceInEnvironment,
  { from, to, delivery, values }: Required<Pick<Description, "from" | "to">> & Pick<Description, "delivery" | "values">,
): string {
  if (delivery === "retired") return `Retire ${service} in ${environment}`;
  if (values === "same") {
    if (delivery === "removed") return `Remove ${service} from ${environment}`;
    const isDelivery = delivery === "new" || delivery === "changed";
    return isDelivery ? `Release the delivery of ${service} to ${environment}` : `Render ${service} for ${environment}`;
  }
  if (to === undefined || to.state === "no file") return `Remove ${service} from ${environment}`;
  // A service that is new there has both by necessity.
  const isOther = from?.state !== "no file" && ["new", "changed", "removed"].includes(delivery);
  const and = isOther ? " and its delivery" : "";
  const configuration = `Release configuration of ${service}${and} to ${environment}`;
  if (to.state === "unreadable") return configuration;
  if (from?.state !== "read") return `Release ${service} ${to.image.tag}${and} to ${environment}`;
  if (from.image.repository !== to.image.repository)
    return `Release ${service} from ${imageName(to.image)}${and} to ${environment}`;
  if (versionName(from.image) === versionName(to.image)) return configuration;
  return `Release ${service} ${to.image.tag}${and} to ${environment}`;
}
