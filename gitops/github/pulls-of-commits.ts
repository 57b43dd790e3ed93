import { mapAtOnce } from "../at-once";
import { Failure } from "../errors";
import type { Session } from "../session";
import { isOwn } from "./pulls";

/** A person who had a part in what a release brings. */
export interface Involved {
  readonly login: string;
  /** What they did: `pushed to #12`. */
  readonly did: string;
}

/** A pull request and how its branch came about. */
export interface Request {
  readonly number: number;
  readonly author: { readonly login: string; readonly isBot: boolean };
  /** The branch that it comes from. */
  readonly branch: string;
  readonly head: string;
}

/** Commits that came together. */
export interface CommitRange {
  readonly commits: readonly string[];
  /** What they came onto; undefined where they are the first. */
  readonly base: string | undefined;
  /** The newest of them. */
  readonly head: string;
}

/** A pull request with the people who had a part in it, as GitHub's page of it tells. */
export interface PullWithPeople extends Request {
  /** The branch that it goes into. */
  readonly base: string;
  /** Whether its branch is in the repository itself, and not in a fork. */
  readonly isOwn: boolean;
  readonly isMerged: boolean;
  readonly mergeCommit: string | null;
  /** The person who merged it; undefined: nobody, or a bot. */
  readonly mergedBy: string | undefined;
}

/**
 * So many commits of one change are looked up: more would use up GitHub's limit of calls, and stop every other release.
 */
const MOST = 250;

/** So many calls at once, of those that a long branch takes one for each commit. */
const AT_ONCE = 10;

/** Looks up by which pull requests commits came; each pull request is asked for once. */
export class PullsOfCommits {
  private readonly pulls = new Map<number, Promise<PullWithPeople>>();

  /** @param judged The pull request whose commits are among those that are looked up. */
  constructor(
    private readonly session: Session,
    private readonly judged?: Pick<Request, "number" | "head">,
  ) {}

  /**
   * The pull requests of some commits, into whichever branch: those that GitHub names for each, and those whose head is
   * one of them. GitHub names the one that brought a commit to `main`, and one into another branch before that only as
   * long as the commit is not on `main`.
   */
  async of({ commits, head: newest }: CommitRange): Promise<PullWithPeople[]> {
    if (commits.length > MOST) {
      throw new Failure(
        `${newest.slice(0, 7)}: brings ${commits.length} commits; expected at most ${MOST}, of each of which GitHub is asked. ` +
          "Revert it, and bring the same by smaller pull requests, or by one commit.",
      );
    }
    const those = new Set(commits);
    const heads = await this.session.clone.pullHeads(this.judged);
    const byHead = [...heads].filter(([, head]) => those.has(head)).map(([number]) => number);
    const named = (await mapAtOnce(commits, AT_ONCE, (commit) => this.named(commit))).flat();
    const numbers = [...new Set([...named, ...byHead])].sort((a, b) => a - b);
    return Promise.all(numbers.map((number) => this.get(number)));
  }

  /**
   * The people who wrote some commits, as far as GitHub verified that: who signed a commit is its committer, and
   * anybody can name another author. GitHub itself signs what people do on its pages, in their names.
   */
  async authorsOf({ base, head }: CommitRange): Promise<Involved[]> {
    if (base === undefined || base === head) return [];
    const { github, repository } = this.session;
    const request = { ...repository, basehead: `${base}...${head}`, per_page: 100 };
    const found: Involved[] = [];
    for await (const { data } of github.paginate.iterator(github.rest.repos.compareCommitsWithBasehead, request)) {
      // Octokit types the pages of this one as lists.
      const { commits } = data as unknown as { commits: readonly ListedCommit[] };
      for (const { sha, commit, author, committer } of commits) {
        if (commit.verification?.verified !== true || author?.login === undefined || author.type !== "User") continue;
        if (committer?.login !== author.login && committer?.login !== GITHUB_ITSELF) continue;
        found.push({ login: author.login, did: `wrote ${sha.slice(0, 7)}` });
      }
    }
    return found;
  }

  private async named(commit: string): Promise<number[]> {
    const { github, repository } = this.session;
    const request = { ...repository, commit_sha: commit, per_page: 100 };
    const found = await github.paginate(github.rest.repos.listPullRequestsAssociatedWithCommit, request);
    return found.map(({ number }) => number);
  }

  private async get(number: number): Promise<PullWithPeople> {
    const known = this.pulls.get(number) ?? this.ask(number);
    this.pulls.set(number, known);
    return known;
  }

  private async ask(number: number): Promise<PullWithPeople> {
    const { github, repository } = this.session;
    const { data } = await github.rest.pulls.get({ ...repository, pull_number: number });
    // An account that was deleted is null, which Octokit's types do not say.
    const user = data.user as { login: string; type: string } | null;
    const merger = data.merged_by;
    return {
      number,
      author: { login: user?.login ?? "", isBot: user?.type !== "User" },
      branch: data.head.ref,
      head: data.head.sha,
      base: data.base.ref,
      isOwn: isOwn(data),
      isMerged: data.merged,
      mergeCommit: data.merge_commit_sha,
      mergedBy: merger?.type === "User" ? merger.login : undefined,
    };
  }
}

/** What is read of each commit of a comparison. */
interface ListedCommit {
  readonly sha: string;
  readonly commit: { readonly verification?: { readonly verified: boolean } };
  readonly author: { readonly login?: string; readonly type?: string } | null;
  readonly committer: { readonly login?: string } | null;
}

/** The account that commits what GitHub signs: what people do on its pages, and what Apps do by its API. */
export const GITHUB_ITSELF = "web-flow";
