import type { Clone } from "../git/clone";
import { changesBetween } from "../git/changes";
import type { Trailers } from "../git/message";
import { type Image, imageIn, versionName } from "../values/image";
import type { Unit } from "./unit";

/** What a release of a unit brings, in words. */
export interface Description {
  /** The title of the pull request, and the subject of its commits. */
  readonly subject: string;
  readonly trailers: Trailers;
  /** What the environment has; undefined for charts, and where it has none. */
  readonly from: Image | undefined;
  /** What the release brings. */
  readonly to: Image | undefined;
  /** Whether it brings manifests alone: the environment has the values already. */
  readonly rendersOnly: boolean;
}

/** Describes what becomes of a unit between two revisions. */
export async function describe(clone: Clone, unit: Unit, before: string, after: string): Promise<Description> {
  const { environment, service, path } = unit;
  if (service === undefined) {
    const changes = await changesBetween(clone, before, after, path);
    const charts = [...new Set(changes.map((change) => change.path.split("/")[1] ?? ""))];
    const trailers = { Charts: charts.join(", "), Environment: environment };
    return {
      subject: `Release charts to ${environment}`,
      trailers,
      from: undefined,
      to: undefined,
      rendersOnly: false,
    };
  }
  const [was, is] = await Promise.all([clone.read(before, path), clone.read(after, path)]);
  const [from, to] = [imageIn(was), imageIn(is)];
  const trailers = { Service: service, Environment: environment, ...(to && { Image: versionName(to) }) };
  const rendersOnly = is !== undefined && was === is;
  const isSame = from && to && versionName(from) === versionName(to);
  const subject =
    is === undefined
      ? `Remove ${service} from ${environment}`
      : rendersOnly
        ? `Render ${service} for ${environment}`
        : to === undefined || isSame
          ? `Release configuration of ${service} to ${environment}`
          : `Release ${service} ${to.tag} to ${environment}`;
  return { subject, trailers, from, to, rendersOnly };
}
