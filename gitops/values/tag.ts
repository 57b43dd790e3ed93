import { properties } from "../../gitops-repo/charts/service/values.schema.json";

// The chart's schema has the rule: what the commands let in is what the chart lets in.
const { tag: TAG, digest: DIGEST } = properties.image.properties;

/**
 * Why a text cannot be the tag of one build; undefined where it can. A tag that moves is refused: Git would not say
 * what runs.
 */
export function tagProblem(tag: string): string | undefined {
  if (tag.length <= TAG.maxLength && new RegExp(TAG.pattern).test(tag)) return undefined;
  const got = tag === "" ? "nothing" : JSON.stringify(tag);
  return (
    `tag: got ${got}; expected the tag of one build, its commit (sha-a1b2c3d) or its full version (v1.4.2). ` +
    "Under a tag that can move, such as latest, main or v1, Git would not say what runs."
  );
}

/** Why a text cannot be an image's digest; undefined where it can. */
export function digestProblem(digest: string): string | undefined {
  if (new RegExp(DIGEST.pattern).test(digest)) return undefined;
  return `digest: got ${JSON.stringify(digest)}; expected sha256: and 64 of the characters 0-9 and a-f. Take it from what the registry answers to the push.`;
}
