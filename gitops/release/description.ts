import type { Clone } from "../git/clone";
import { changesBetween } from "../git/changes";
import type { Trailers } from "../git/message";
import { imageIn, imageName, type ImageState, versionName } from "../values/image";
import type { Unit } from "./unit";

/** What a release of a unit brings, in words. */
export interface Description {
  /** The title of the pull request, and the subject of its commits. */
  readonly subject: string;
  readonly trailers: Trailers;
  /** The image that the environment has; undefined for charts. */
  readonly from: ImageState | undefined;
  /** The image that the release brings. */
  readonly to: ImageState | undefined;
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
  const [from, to] = [imageIn(was, path), imageIn(is, path)];
  const image = to.state === "read" && { Image: versionName(to.image) };
  const rendersOnly = is !== undefined && was === is;
  return {
    subject: rendersOnly ? `Render ${service} for ${environment}` : subjectOf(unit, service, from, to),
    trailers: { Service: service, Environment: environment, ...image },
    from,
    to,
    rendersOnly,
  };
}

function subjectOf({ environment }: Unit, service: string, from: ImageState, to: ImageState): string {
  if (to.state === "no file") return `Remove ${service} from ${environment}`;
  if (to.state === "unreadable") return `Release configuration of ${service} to ${environment}`;
  if (from.state !== "read") return `Release ${service} ${to.image.tag} to ${environment}`;
  if (from.image.repository !== to.image.repository)
    return `Release ${service} from ${imageName(to.image)} to ${environment}`;
  if (versionName(from.image) === versionName(to.image)) return `Release configuration of ${service} to ${environment}`;
  return `Release ${service} ${to.image.tag} to ${environment}`;
}
