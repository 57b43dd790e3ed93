import { promotionBranch } from "@gitops-platform/contract/branches";
import { readTrailer } from "@gitops-platform/contract/trailers";
import { sameVersion, type Version } from "@gitops-platform/contract/values/image";
import { fetchOfPull } from "../git/refs";
import { newestOf } from "../github/pulls";
import type { Session } from "../session";
import type { AutomaticWaitReason } from "../status/model";
import { imageStateAt } from "../values/at";

type Reader = Pick<Session, "clone" | "github" | "repository" | "bot">;

/**
 * The pull request with which a person requested another promotion of a service, or refused this version by closing it;
 * undefined: there is none. Costs one request.
 */
export async function pullInTheWay(
  session: Reader,
  { service, to }: { readonly service: string; readonly to: string },
  version: Version,
): Promise<AutomaticWaitReason | undefined> {
  const { clone, bot } = session;
  const newest = await newestOf(session, { branch: promotionBranch(service, to), base: "main" }, "all");
  if (!newest || newest.pull.state === "merged") return undefined;
  const { state, number, head } = newest.pull;
  // GitHub keeps the head of a pull request whose branch was deleted.
  if ((await clone.resolve(head)) === undefined) await clone.fetch(fetchOfPull(number));
  if (state === "open") {
    const { user } = newest.data;
    // Without the App's credentials, as for people, any App is taken for it.
    const isByApp = bot === undefined ? user?.type === "Bot" : user?.login === bot;
    return isByApp && (await isUnrequested(session, head)) ? undefined : { state: "pull request", number };
  }
  const refused = await imageStateAt(clone, head, { environment: to, service });
  const isThis = refused.state === "read" && sameVersion(refused.image, version);
  return isThis ? { state: "person", because: "closed" } : undefined;
}

async function isUnrequested({ clone }: Reader, commit: string): Promise<boolean> {
  if ((await clone.resolve(commit)) === undefined) return false;
  const message = await clone.git("log", "--max-count=1", "--format=%B", commit);
  return readTrailer(message, "Requested-By").length === 0;
}
