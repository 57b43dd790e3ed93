import type { Version } from "../values/image";
import { digestProblem } from "../values/tag";
import type { Entry } from "./entry";
import { EXAMPLES, kindsOf, TAG_KINDS, type TagKind } from "./tag-kinds";
import { readTagPattern } from "./tag-pattern";

/** What counts as the tag of one build. */
export interface TagRules {
  readonly kinds: ReadonlySet<TagKind>;
  /** The platform team's own, each for a whole tag. */
  readonly patterns: readonly RegExp[];
}

/** Reads the section `tags`. Each kind counts unless it is switched off. */
export function readTags(section: Entry | undefined): TagRules {
  const { kinds, patterns } = section?.keys(["kinds", "patterns"]) ?? {};
  const switches = kinds?.keys(TAG_KINDS) ?? {};
  const entries = patterns?.list('Write "release-[0-9]{4}".') ?? [];
  return {
    kinds: new Set(TAG_KINDS.filter((kind) => switches[kind]?.flag() !== false)),
    patterns: entries.flatMap(patternOf),
  };
}

function patternOf(entry: Entry): RegExp[] {
  const text = entry.text("a pattern, as text", "Write it in quotes.");
  const reading = text === undefined ? undefined : readTagPattern(text);
  if (reading && !reading.pattern) entry.problem(reading.expected, reading.fix);
  return reading?.pattern ? [reading.pattern] : [];
}

/**
 * Why a version may be another build tomorrow; undefined where it may not. A digest says which build it is, whatever
 * the tag is called.
 */
export function movingProblem({ tag, digest }: Version, { kinds, patterns }: TagRules): string | undefined {
  if (digest !== undefined && digestProblem(digest) === undefined) return undefined;
  if (kindsOf(tag).some((kind) => kinds.has(kind)) || patterns.some((pattern) => pattern.test(tag))) return undefined;
  const own = patterns.length > 0 ? ["one of tags.patterns in gitops.yaml"] : [];
  const known = [...TAG_KINDS.filter((kind) => kinds.has(kind)).map((kind) => EXAMPLES[kind]), ...own];
  const got = tag === "" ? "nothing" : JSON.stringify(tag);
  return (
    `tag: got ${got}; expected the tag of one build: ${known.join(", ") || "none is"}. Under a tag that can move Git ` +
    "would not say what runs. Give the image such a tag, or its digest; the platform team says in gitops.yaml what counts."
  );
}
