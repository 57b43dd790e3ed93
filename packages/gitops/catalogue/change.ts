import { deliveryPath } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { formatMessage } from "@gitops-platform/contract/trailers";
import { tipOf, withFiles } from "../git/commits";
import { BranchOutdated, findOpenPullRequest, openPullRequest, type PullRequest } from "../github/pulls";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { pushChange } from "../github/change-main";
import { placed, readDeclarations } from "./declaration";
import { delivered } from "./delivered";

/** A change of the catalogue. */
export interface CatalogueChange {
  /** The service's name, or the chart's. */
  readonly service: string;
  /** What that names in the commit's message. Default: a service. */
  readonly about?: "Charts";
  /** The new texts of declarations and values by path; null deletes a file. */
  readonly texts: ReadonlyMap<string, string | null>;
  /** The commit's subject and the pull request's title. */
  readonly subject: string;
  /** Why, as it is recorded in the commit's message. Default: nothing. */
  readonly reason?: string | undefined;
  /** The pull request's body: paragraphs in Markdown. */
  readonly body: readonly string[];
}

/** What a command did to the catalogue. */
export interface ServiceOutcome {
  /** The service's name, or the chart's. */
  readonly service: string;
  /**
   * - `opened`: it opened or updated the pull request. `open`: the pull request was there already, and unchanged.
   * - `already`: `main` has the change. `waits`: something else has to happen first, which `reason` says.
   */
  readonly state: "opened" | "open" | "already" | "waits";
  /** The change in one line. */
  readonly summary: string;
  readonly pullRequest?: PullRequest;
  /** The changed paths. */
  readonly files?: readonly string[];
  readonly reason?: string;
}

/** The plan of a change, or what becomes of it without a pull request. */
export type Plan = CatalogueChange | ServiceOutcome;

/**
 * Opens one pull request into `main` with a change and the objects that it gives in the environments that follow
 * `main`. The others get theirs by releases. It is not merged here, because the platform team decides about it. An open
 * pull request with this change is used again.
 * @param plan Computes the change for a commit of `main`, again each time a branch was moved meanwhile.
 * @throws {Failure} with every problem that the changed catalogue has and `main`'s has not.
 */
export async function proposeChange(
  session: Session,
  branch: string,
  plan: (main: string) => Promise<Plan>,
  waiting: Waiting,
): Promise<ServiceOutcome> {
  requirePerson(session);
  for (let races = 1; ; races++) {
    await session.clone.fetch();
    const main = await tipOf(session.clone, "main");
    const change = await plan(main);
    if ("state" in change) return change;
    const { service, subject: summary, reason } = change;
    const texts = await withDelivery(session, main, change);
    const { requestedBy } = await session.actor();
    const trailers = { [change.about ?? "Service"]: service, "Requested-By": requestedBy.map((login) => `@${login}`) };
    const message = formatMessage(summary, trailers, reason?.replaceAll(/\s+/g, " ").trim());
    const brought = await pushChange(session, branch, main, { texts, message });
    if (brought.state === "already") return { service, state: "already", summary };
    if (brought.state === "pushed") {
      try {
        const opened = await request(session, branch, { title: summary, body: change.body.join("\n\n") });
        return { service, summary, files: [...texts.keys()].sort(), ...opened };
      } catch (error) {
        if (!(error instanceof BranchOutdated)) throw error;
      }
    }
    await waiting.afterRace(races);
  }
}

/** A bot may change images only, so a pull request of the App that workflows run as could not be merged. */
export function requirePerson({ bot }: Session): void {
  if (bot === undefined) return;
  throw new Failure(
    `GITOPS_BOT: got ${bot}; expected nothing: a bot may change images only. Run it with a token of your own.`,
  );
}

async function request(
  session: Session,
  branch: string,
  text: { readonly title: string; readonly body: string },
): Promise<Pick<ServiceOutcome, "state" | "pullRequest">> {
  const branches = { branch, base: "main" };
  const present = await findOpenPullRequest(session, branches);
  const { number, url } = await openPullRequest(session, { ...branches, ...text });
  const pullRequest = { number, url };
  if (!present) return { state: "opened", pullRequest };
  const { data } = await session.github.rest.pulls.get({ ...session.repository, pull_number: number });
  if (data.title === text.title && data.body?.replaceAll("\r\n", "\n") === text.body) {
    return { state: "open", pullRequest };
  }
  await session.github.rest.pulls.update({ ...session.repository, pull_number: number, ...text });
  return { state: "opened", pullRequest };
}

/** Adds the objects that the changed declarations give in the environments that follow `main`. */
async function withDelivery(
  session: Session,
  main: string,
  { texts }: CatalogueChange,
): Promise<ReadonlyMap<string, string | null>> {
  const { clone, graph } = session;
  const tree = await withFiles(clone, main, texts);
  const problems = await newProblems(session, main, tree);
  if (problems.length > 0) throw new Failure(...problems);
  const all = new Map(texts);
  for (const environment of graph.followingMain) {
    const [before, after] = [await delivered(clone, main, environment), await delivered(clone, tree, environment)];
    if (after.unreadable !== undefined) throw new Failure(after.unreadable);
    for (const service of new Set([...before.files.keys(), ...after.files.keys()])) {
      const text = after.files.get(service);
      if (text !== before.files.get(service)) all.set(deliveryPath({ environment, service }), text ?? null);
    }
  }
  return all;
}

/** The problems that the declarations of a tree have and those of `main` have not. */
export async function newProblems({ clone, graph }: Session, main: string, tree: string): Promise<string[]> {
  const [before, after] = await Promise.all([main, tree].map((revision) => readDeclarations(clone, revision, graph)));
  const known = new Set(before?.problems.map(placed));
  return (after?.problems ?? []).map(placed).filter((problem) => !known.has(problem));
}
