import { Failure } from "../failure";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";
import type { Problem } from "../validate/problem";
import type { Version } from "../values/image";
import { parseYaml } from "../values/parse";
import { Entry, RULES_PATH } from "./entry";
import { movingProblem, readTags, type TagRules } from "./tags";

/** What the platform team decides about the GitOps repository's content: the file {@link RULES_PATH}. */
export interface Rules {
  /** What counts as the tag of one build. */
  readonly tags: TagRules;
}

/** What a text says, and what is wrong with it. Rules count only where nothing is. */
export interface Reading {
  readonly rules: Rules;
  readonly problems: readonly Problem[];
}

/**
 * Reads the file's text. What it leaves out has its default.
 * @param text Undefined: there is no file.
 */
export function parseRules(text: string | undefined): Reading {
  const { root, lines, problems: unreadable } = parseYaml(text ?? "");
  if (unreadable.length > 0) {
    const problems = unreadable.map((problem) => ({ file: RULES_PATH, ...problem }));
    return { rules: sections({}), problems };
  }
  const problems: Problem[] = [];
  const file = new Entry(root, "", { lines, problems });
  const rules = sections(file.keys(SECTIONS));
  problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  return { rules, problems };
}

/** One line here, one in {@link Rules}, and a file with the section's reader, which gets undefined where it is left out. */
const SECTIONS = ["tags"] as const;

function sections(found: Partial<Record<(typeof SECTIONS)[number], Entry>>): Rules {
  return { tags: readTags(found.tags) };
}

/** The rules as a revision has them. */
export async function rulesAt(clone: Clone, revision: string): Promise<Reading> {
  return parseRules(await clone.read(revision, RULES_PATH));
}

/**
 * The rules of `main`, for what cannot go on without them.
 * @throws {Failure} with every problem of the file.
 */
export async function readRules(clone: Clone): Promise<Rules> {
  const { rules, problems } = await rulesAt(clone, MAIN);
  if (problems.length === 0) return rules;
  throw new Failure(
    ...problems.map(({ file, line, column, message }) => `${file ?? ""}:${line ?? 1}:${column ?? 1}: ${message}`),
  );
}

/** Throws {@link Failure} unless a version is one build by the rules of `main`. */
export async function requireOneBuild(clone: Clone, version: Version): Promise<void> {
  const problem = movingProblem(version, (await readRules(clone)).tags);
  if (problem !== undefined) throw new Failure(problem);
}
