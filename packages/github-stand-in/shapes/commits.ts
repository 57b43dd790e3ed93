import type { components } from "@octokit/openapi-types";
import { sameName } from "../store/database";
import type { Commit, FileChange } from "../git/commits";
import { ZERO } from "../git/ref-names";
import type { RepositoryRecord } from "../store/records";
import { simpleUser } from "./accounts";
import type { ShapeContext } from "./repositories";
import { encodePath, nodeId } from "./urls";

type Schemas = components["schemas"];

/** How many lines were added to and removed from a file. */
export interface LineCount {
  additions: number;
  deletions: number;
}

/** The verification of a commit that GitHub created through the API or its web interface: GitHub signs those itself. */
const SIGNED = {
  verified: true,
  reason: "valid",
  signature: "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----",
  payload: "",
};
const UNSIGNED = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

/** A commit in lists, branches and comparisons. */
export function commitShape(context: ShapeContext, record: RepositoryRecord, commit: Commit): Schemas["commit"] {
  const { urls } = context;
  const url = urls.repo(record, `/commits/${commit.sha}`);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", commit.sha),
    url,
    html_url: urls.html(record, `/commit/${commit.sha}`),
    comments_url: `${url}/comments`,
    commit: {
      url: urls.repo(record, `/git/commits/${commit.sha}`),
      author: { ...commit.author, date: utc(commit.author.date) },
      committer: { ...commit.committer, date: utc(commit.committer.date) },
      message: commit.message,
      tree: { sha: commit.tree, url: urls.repo(record, `/git/trees/${commit.tree}`) },
      comment_count: 0,
      verification: record.signed.includes(commit.sha)
        ? { ...SIGNED, verified_at: utc(commit.committer.date) }
        : UNSIGNED,
    },
    author: accountByEmail(context, commit.author.email),
    committer: accountByEmail(context, commit.committer.email),
    parents: commit.parents.map((sha) => ({
      sha,
      url: urls.repo(record, `/commits/${sha}`),
      html_url: urls.html(record, `/commit/${sha}`),
    })),
  };
}

/** A commit with its files: the response of GET /repos/{owner}/{repo}/commits/{ref}. */
export function commitWithFiles(
  context: ShapeContext,
  record: RepositoryRecord,
  commit: Commit,
  lines: Map<string, LineCount>,
): Schemas["commit"] {
  const files = diffEntries(context, record, commit.sha, commit.files, lines);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return {
    ...commitShape(context, record, commit),
    stats: { additions, deletions, total: additions + deletions },
    files,
  };
}

/** The files of a commit or comparison. `sha` is the commit that their URLs refer to. */
export function diffEntries(
  context: ShapeContext,
  record: RepositoryRecord,
  sha: string,
  files: FileChange[],
  lines: Map<string, LineCount>,
): Schemas["diff-entry"][] {
  const { urls } = context;
  return files.map((file) => {
    const { additions, deletions } = lines.get(file.path) ?? { additions: 0, deletions: 0 };
    const path = encodePath(file.path);
    return {
      sha: file.sha === ZERO ? file.beforeSha : file.sha,
      filename: file.path,
      status: file.status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: urls.html(record, `/blob/${sha}/${path}`),
      raw_url: urls.html(record, `/raw/${sha}/${path}`),
      contents_url: urls.repo(record, `/contents/${path}?ref=${sha}`),
    };
  });
}

/** A commit of the Git database: the response of /git/commits, and part of the response to a contents write. */
export function gitCommit(context: ShapeContext, record: RepositoryRecord, commit: Commit): Schemas["git-commit"] {
  const shape = commitShape(context, record, commit);
  return {
    sha: commit.sha,
    node_id: shape.node_id,
    url: shape.commit.url,
    html_url: shape.html_url,
    author: { ...commit.author, date: utc(commit.author.date) },
    committer: { ...commit.committer, date: utc(commit.committer.date) },
    message: commit.message,
    tree: shape.commit.tree,
    parents: commit.parents.map((sha) => ({
      sha,
      url: context.urls.repo(record, `/git/commits/${sha}`),
      html_url: context.urls.html(record, `/commit/${sha}`),
    })),
    verification: shape.commit.verification ?? UNSIGNED,
  };
}

/** A time in GitHub's format: UTC with whole seconds. */
export function utc(date: string): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, "Z");
}

function accountByEmail(context: ShapeContext, email: string): Schemas["simple-user"] | null {
  const account = context.database.accounts.find((entry) => entry.email !== null && sameName(entry.email, email));
  return account ? simpleUser(context.urls, account) : null;
}
