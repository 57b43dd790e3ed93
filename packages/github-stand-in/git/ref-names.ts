/** The object name that means "no object" in ref updates. GitHub's repositories use SHA-1. */
export const ZERO = "0".repeat(40);

export function isObjectName(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/**
 * Whether a name is valid below refs/: the rules of git-check-ref-format(1), without starting a process for each check.
 * A valid name never passes revision syntax (`~`, `^`, `@{`, `..`) to a git command, and never leaves the refs folder.
 */
export function isRefName(name: string): boolean {
  if (name === "" || name === "@" || name.length > 500) return false;
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|^-/.test(name)) return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}

/**
 * Whether a path is valid for a file of a tree: relative, normalised, and without `.git` in any case, which a checkout
 * would use as its own folder.
 */
export function isTreePath(path: string): boolean {
  if (path === "" || path.length > 4096 || path.includes("\0") || path.includes("\n")) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}

const BRANCHES = "refs/heads/";

/** The branch that a full name is of; undefined for a tag and every other ref. */
export function branchOfRef(ref: string): string | undefined {
  return ref.startsWith(BRANCHES) ? ref.slice(BRANCHES.length) : undefined;
}
