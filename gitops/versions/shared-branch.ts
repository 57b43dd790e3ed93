import { countCommits, isAncestor, mergedTree } from "../git/queries";
import { formatMessage, readTrailer } from "../git/message";
import { Landing, type Step } from "../github/landing";
import { Closed } from "../github/obstacles";
import { newestPullRequest, openPullRequest, type PullRequest } from "../github/pulls";
import type { Session } from "../session";
import { tipOf } from "./values-on";

/** From this age on a pull request takes no more bumps: a stream of them must not put its merge off for ever. In milliseconds. */
const YOUNG = 30_000;

/** Where the shared branch stands. */
export interface Sharing {
  readonly main: string;
  /** The branch's commit, whatever it is worth; undefined: there is none. */
  readonly tip: string | undefined;
  /** The same, where it brings something and fits `main`. */
  readonly pending: string | undefined;
  /** What `main` will be when that is merged, as a tree; `main` where nothing is pending. */
  readonly result: string;
}

/** The branch that the waiting bumps of an environment share, so that many need one pull request. */
export class SharedBranch {
  private readonly name: string;
  private readonly ref: string;
  private readonly branches: { readonly branch: string; readonly base: string };
  private spoiled: string | undefined;
  /** What was found last, and for which commits: the same make the same. */
  private looked: { key: string; sharing: Sharing } | undefined;
  /** A commit whose pull request is open, and until when, by this machine's clock, that takes more. */
  private young: { head: string; until: number } | undefined;
  private landing: { head: string; landing: Landing; pull: PullRequest } | undefined;

  constructor(
    private readonly session: Session,
    private readonly environment: string,
  ) {
    this.name = `bump/${environment}`;
    this.ref = `refs/heads/${this.name}`;
    this.branches = { branch: this.name, base: "main" };
  }

  /** Looks at the remote. Costs no call of GitHub's API. */
  async look(): Promise<Sharing> {
    const { clone } = this.session;
    // A pattern: the branch itself may not be there, and then goes here too.
    await clone.fetch("+refs/heads/main:refs/remotes/origin/main", "+refs/heads/bump/*:refs/remotes/origin/bump/*");
    const main = await tipOf(clone, "main");
    const tip = await clone.resolve(`origin/${this.name}`);
    const key = `${main} ${tip ?? ""} ${this.spoiled ?? ""}`;
    if (this.looked?.key === key) return this.looked.sharing;
    const isOpen = tip !== undefined && tip !== this.spoiled && !(await isAncestor(clone, tip, main));
    const result = isOpen ? await mergedTree(clone, main, tip) : undefined;
    const sharing = { main, tip, pending: result === undefined ? undefined : tip, result: result ?? main };
    this.looked = { key, sharing };
    return sharing;
  }

  /** Whether a further commit may go on top: `full` takes none any more, `closed` is what somebody did not want. */
  async takes(pending: string): Promise<"more" | "full" | "closed"> {
    const { clone } = this.session;
    const now = performance.now();
    // Who races asks once, not before each try.
    if (this.young && (await isAncestor(clone, this.young.head, pending)))
      return now < this.young.until ? "more" : "full";
    const pull = await newestPullRequest(this.session, this.branches);
    if (pull?.state === "open") {
      this.young = { head: pending, until: now + YOUNG - pull.age };
      return pull.age < YOUNG ? "more" : "full";
    }
    // Without a pull request somebody is about to open it.
    return pull?.state === "closed" && pull.head === pending ? "closed" : "more";
  }

  /** Puts a commit on the branch; false where another was faster. */
  async push(commit: string, from: string | undefined): Promise<boolean> {
    return this.session.clone.push({ ref: this.ref, to: commit, from: from ?? null });
  }

  /** Opens the pull request, or takes the open one: its title may be about fewer bumps than it has by now, which is not worth a write. */
  async open(main: string, head: string): Promise<void> {
    const words = await this.describe(main, head);
    const body =
      `Versions for ${this.environment} that wait at the same time share this pull request. ` +
      "It is merged by itself when its checks succeed; each commit says what it brings.";
    const pull = await openPullRequest(this.session, { ...this.branches, title: words.title, body });
    this.landing = { head, pull, landing: new Landing(this.session, pull, { ...this.branches, head, ...words }) };
  }

  /** One look at the pull request of a commit, merging it where GitHub would let it. Throws what {@link Landing.step} does. */
  async advance(main: string, head: string): Promise<{ pull: PullRequest; step: Step }> {
    if (this.landing?.head !== head) {
      const newest = await newestPullRequest(this.session, this.branches);
      if (newest?.state === "closed" && newest.head === head) throw new Closed(newest.url);
      await this.open(main, head);
    }
    if (!this.landing) throw new Error(`${head}: has no pull request`);
    const { pull, landing } = this.landing;
    return { pull, step: await landing.step() };
  }

  /** What is there is of no use: the next to come begins anew in its place. */
  discard(tip: string): void {
    this.spoiled = tip;
  }

  /** Whether a commit on the branch brings nothing but one bump. */
  async isAlone(main: string, tip: string): Promise<boolean> {
    return (await countCommits(this.session.clone, tip, main)) === 1;
  }

  /** The merge's words: one bump's own, or a list of them. */
  private async describe(main: string, head: string): Promise<{ title: string; message: string }> {
    const log = await this.session.clone.git("log", "--reverse", "--no-merges", "--format=%B%x00", head, "--not", main);
    const messages = log.split("\0").map((text) => text.trim());
    const bumps = messages.filter((text) => text !== "");
    const subjects = bumps.map((text) => text.split("\n")[0] ?? "");
    const [only, second] = bumps;
    if (only !== undefined && second === undefined) {
      return { title: subjects[0] ?? "", message: only.slice(only.indexOf("\n")).trim() };
    }
    const services = new Set(bumps.flatMap((text) => readTrailer(text, "Service")));
    const title = `Deploy ${services.size} services to ${this.environment}`;
    const whole = formatMessage(title, { Environment: this.environment }, subjects.join("\n"));
    return { title, message: whole.slice(title.length).trim() };
  }
}
