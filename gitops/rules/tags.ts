import type { Entry } from "./entry";

/** The ways to name one build that are known here. */
export const TAG_KINDS = ["commit", "version", "two-part-version", "build-number", "date"] as const;
export type TagKind = (typeof TAG_KINDS)[number];

/** What counts as the tag of one build. */
export interface TagRules {
  readonly kinds: ReadonlySet<TagKind>;
}

/** Reads the section `tags`. Each kind counts unless it is switched off. */
export function readTags(section: Entry | undefined): TagRules {
  const { kinds } = section?.keys(["kinds"]) ?? {};
  const switches = kinds?.keys(TAG_KINDS) ?? {};
  return { kinds: new Set(TAG_KINDS.filter((kind) => switches[kind]?.flag() !== false)) };
}
