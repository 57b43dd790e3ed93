import { mapAtOnce } from "../at-once";
import { Failure } from "@gitops-platform/contract/failure";
import type { Session } from "../session";
import { isOwn } from "./pulls";

/** A person who contributed to a release. */
export interface Contributor {
  readonly login: string;
  /** What they did: `pushed to #12`. */
  readonly did: string;
}

/** A pull request, and who opened it from which branch. */
export interface PullRequestOrigin {
  readonly number: number;
  readonly author: { readonly login: string; readonly isBot: boolean };
  /** Its head branch. */
  readonly branch: string;
  readonly head: string;
}

/** Commits that were merged together. */
export interface CommitRange {
  readonly commits: readonly string[];
  /** Their base; undefined if they are the first commits. */
  readonly base: string | undefined;
  /** The newest of them. */
  readonly head: string;
}

/** A pull request with its author and merger. */
export interface PullWithPeople extends PullRequestOrigin {
  /** Its base branch. */
  readonly base: string;
  /** Whether its branch is in the repository itself, and not in a fork. */
  readonly isOwn: boolean;
  readonly isMerged: boolean;
  readonly mergeCommit: string | null;
  /** The person who merged it; undefined: nobody, or a bot. */
  readonly mergedBy: string | undefined;
}

/** Maximum commits of one change: more would use up GitHub's rate limit, and stop every other release. */
const MOST = 250;

/** Maximum concurrent calls: a long branch takes one for each commit. */
const AT_ONCE = 10;

/** Finds the pull requests of commits, and requests each pull request once. */
export class PullsOfCommits {
  private readonly pulls = new Map<number, Promise<PullWithPeople>>();

  /** @param judged The pull request that is being judged. */
  constructor(
    private readonly session: Session,
    private readonly judged?: Pick<PullRequestOrigin, "number" | "head">,
  ) {}

  /**
   * The pull requests of some commits, into any branch: those that GitHub lists for each commit, and those whose head
   * is one of them. Both are needed: once a commit is on `main`, GitHub lists only the pull request that merged it
   * there.
   */
  async of({ commits, head: newest }: CommitRange): Promise<PullWithPeople[]> {
    if (commits.length > MOST) {
      throw new Failure(
        `${newest.slice(0, 7)}: brings ${commits.length} commits; expected at most ${MOST}, because GitHub is ` +
          "asked about each. Revert it, and make the same change by smaller pull requests, or by one commit.",
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
   * The authors of commits whose signature GitHub verified. The signer is the committer, and anyone can name another
   * author, so both must be the same person. GitHub itself signs commits that people make on its pages.
   */
  async authorsOf({ base, head }: CommitRange): Promise<Contributor[]> {
    if (base === undefined || base === head) return [];
    const { github, repository } = this.session;
    const request = { ...repository, basehead: `${base}...${head}`, per_page: 100 };
    const found: Contributor[] = [];
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
    // A deleted account is null, which Octokit's types do not include.
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

/** A commit of a comparison. */
interface ListedCommit {
  readonly sha: string;
  readonly commit: { readonly verification?: { readonly verified: boolean } };
  readonly author: { readonly login?: string; readonly type?: string } | null;
  readonly committer: { readonly login?: string } | null;
}

/** The committer of commits that GitHub signs: of people on its pages, and of Apps by its API. */
export const GITHUB_ITSELF = "web-flow";
