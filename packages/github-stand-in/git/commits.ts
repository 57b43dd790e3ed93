import { type Git } from "./git";

/** The person of a commit or tag, and the date. */
export interface Signature {
  name: string;
  email: string;
  /** ISO 8601 with the person's own offset. */
  date: string;
}

/** One file that a commit changes against its first parent. */
export interface FileChange {
  status: "added" | "removed" | "modified";
  path: string;
  /** Blob before and after; ZERO if there is none. */
  beforeSha: string;
  sha: string;
}

/** A commit. */
export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
  /** Empty unless requested. A renamed file is one removed and one added. */
  files: FileChange[];
}

const START = "\u0001";
const FORMAT = `${START}%H%n%T%n%P%n%an%n%ae%n%aI%n%cn%n%ce%n%cI%n%B`;

/**
 * Commits in the order of `git log`. `args` are its revisions and options. Never pass a user's string: resolve it to a
 * commit first.
 */
export async function readCommits(git: Git, args: string[], options: { files?: boolean } = {}): Promise<Commit[]> {
  const diff = options.files === true ? ["--raw", "--no-abbrev", "--no-renames", "--diff-merges=first-parent"] : [];
  const output = await git.run(["log", "-z", `--format=${FORMAT}`, ...diff, ...args]);
  const commits: Commit[] = [];
  const tokens = output.split("\0");
  for (let index = 0; index < tokens.length; index++) {
    const token = (tokens[index] ?? "").replace(/^\n/, "");
    if (token.startsWith(START)) commits.push(parseCommit(token.slice(1)));
    if (token.startsWith(":")) commits.at(-1)?.files.push(parseChange(token, tokens[++index] ?? ""));
  }
  return commits;
}

/** One commit with its files. Throws if `sha` is not a commit. */
export async function readCommit(git: Git, sha: string): Promise<Commit> {
  const [commit] = await readCommits(git, ["-1", sha], { files: true });
  if (!commit) throw new Error(`commit: got ${sha}; expected the name of a commit`);
  return commit;
}

function parseCommit(text: string): Commit {
  const lines = text.split("\n");
  const [sha = "", tree = "", parents = "", ...people] = lines;
  const [authorName = "", authorEmail = "", authorDate = "", name = "", email = "", date = ""] = people;
  return {
    sha,
    tree,
    parents: parents.split(" ").filter((parent) => parent !== ""),
    author: { name: authorName, email: authorEmail, date: authorDate },
    committer: { name, email, date },
    message: lines.slice(9).join("\n").replace(/\n+$/, ""),
    files: [],
  };
}

function parseChange(line: string, path: string): FileChange {
  const [, , beforeSha = "", sha = "", letter = ""] = line.split(" ");
  const status = letter === "A" ? "added" : letter === "D" ? "removed" : "modified";
  return { status, path, beforeSha, sha };
}
