/** The object name that stands for "no object" in ref updates: of SHA-1 repositories, which is what GitHub has. */
export const ZERO = "0".repeat(40);

/** A full object name. */
export function isObjectName(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/**
 * Whether a name may stand under refs/: the rules of git-check-ref-format(1), without a process for each question.
 * So a name never carries revision syntax (`~`, `^`, `@{`, `..`) into a git command, and never leaves the refs folder.
 */
export function isRefName(name: string): boolean {
  if (name === "" || name === "@" || name.length > 500) return false;
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|^-/.test(name)) return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}

/**
 * Whether a path may be a file of a tree: relative, normalised, and nothing that a checkout would take for its own
 * folder (`.git` in any case).
 */
export function isTreePath(path: string): boolean {
  if (path === "" || path.length > 4096 || path.includes("\0") || path.includes("\n")) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
}
