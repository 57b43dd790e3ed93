import type { Deployment } from "../../history/deployment";
import type { Stop, Way } from "./board";

/** What is now, beside what was: the image that an environment is to run, and the images that wait to get in. */
export interface Present {
  readonly environment: string;
  readonly image: string | null;
  readonly coming: readonly (string | null)[];
}

/**
 * The ways of a service's last versions, newest first: those that are somewhere, and of the others as many as there is
 * room for.
 * @param deployments The service's, of all environments, newest first.
 */
export function waysOf(deployments: readonly Deployment[], present: readonly Present[], most = 5): Way[] {
  const images = deployments.filter(({ from, to }) => to !== null && from !== to);
  const coming = present.flatMap((each) => each.coming.filter((image) => image !== null));
  const arrived = new Set(images.flatMap(({ to }) => to ?? []));
  const known = [...new Set([...coming.filter((image) => !arrived.has(image)), ...arrived])];
  const isPresent = (image: string) => coming.includes(image) || present.some((each) => each.image === image);
  const others = known
    .filter((image) => !isPresent(image))
    .slice(0, Math.max(0, most - known.filter(isPresent).length));
  return known
    .filter((image) => isPresent(image) || others.includes(image))
    .map((image) => ({ image, stops: present.map((each) => stop(image, each, images)) }));
}

function stop(image: string, { environment, image: here, coming }: Present, images: readonly Deployment[]): Stop {
  const own = images.filter((deployment) => deployment.environment === environment);
  const came = own.find(({ to }) => to === image);
  const left = came && own[own.indexOf(came) - 1];
  const state = here === image ? "here" : coming.includes(image) ? "waits" : came ? "passed" : "not yet";
  return {
    environment,
    state: state === "passed" && left?.kind === "rollback" ? "rolled back" : state,
    at: came?.at ?? null,
    commit: came?.commit ?? null,
    by: came?.by ?? [],
    pullRequest: came?.pullRequest ?? null,
  };
}
