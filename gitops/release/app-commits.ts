import { RequestError } from "@octokit/request-error";
import { plain } from "../display/text";
import type { Session } from "../session";
import type { Image } from "../values/image";
import { pageOf } from "../target";

/** What an image brings of the repository that it is built from, as far as GitHub shows it to this token. */
export interface AppCommits {
  /** Where GitHub shows them all. */
  readonly url: string;
  /** How many come. */
  readonly count: number;
  /** How many of the present image's go. */
  readonly gone: number;
  /**
   * The first of those that come, oldest first, at most {@link LISTED}. Texts as people wrote them, on one line each.
   */
  readonly first: readonly { readonly sha: string; readonly subject: string; readonly author: string }[];
}

/** So many commits are listed. */
export const LISTED = 20;

/** The commits that two images are of, where both tags are commits and the image is called after its repository. */
export function commitsOf(
  from: Image,
  to: Image,
): { readonly owner: string; readonly repo: string; readonly basehead: string } | undefined {
  const [, owner, repo] = /^ghcr\.io\/([\w.-]+)\/([\w.-]+)$/.exec(to.repository ?? "") ?? [];
  const [old, made] = [from, to].map(({ tag }) => /^sha-([0-9a-f]{7,40})$/.exec(tag)?.[1]);
  if (!owner || !repo || from.repository !== to.repository || !old || !made) return undefined;
  return { owner, repo, basehead: `${old}...${made}` };
}

/**
 * Asks GitHub what lies between two images. Undefined where they do not tell, and where GitHub shows this token no such
 * commits: a workflow's token reads the GitOps repository and public ones, and a link that leads nowhere helps nobody.
 * The same images give the same answer, so a release's text stays.
 */
export async function appCommits(
  { github, target }: Pick<Session, "github" | "target">,
  from: Image,
  to: Image,
): Promise<AppCommits | undefined> {
  const range = commitsOf(from, to);
  if (!range) return undefined;
  try {
    const { data } = await github.rest.repos.compareCommitsWithBasehead({ ...range, per_page: LISTED, page: 1 });
    return {
      url: pageOf({ server: target.server, owner: range.owner, name: range.repo }, `/compare/${range.basehead}`),
      count: data.ahead_by,
      gone: data.behind_by,
      first: data.commits.slice(0, LISTED).map(({ sha, commit, author }) => ({
        sha,
        subject: plain(commit.message.split("\n", 1)[0] ?? ""),
        author: plain(author?.login ?? commit.author?.name ?? ""),
      })),
    };
  } catch (error) {
    // Not found, not allowed, or not now: what is released does not depend on it.
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}
