import { properties } from "../../gitops-repo/charts/service/values.schema.json";

// The chart's schema has the form: what the commands write is what the chart takes.
const { tag: TAG, digest: DIGEST } = properties.image.properties;

/** Why a text cannot be a tag at all; undefined where it can. Whether it is one build's, the rules say. */
export function tagProblem(tag: string): string | undefined {
  if (new RegExp(TAG.pattern).test(tag)) return undefined;
  const got = tag === "" ? "nothing" : JSON.stringify(tag);
  return `tag: got ${got}; expected at most 128 of the characters A-Z a-z 0-9 _ . and -, none of the last two first. Take the one that was pushed.`;
}

/** Why a text cannot be an image's digest; undefined where it can. */
export function digestProblem(digest: string): string | undefined {
  if (new RegExp(DIGEST.pattern).test(digest)) return undefined;
  return `digest: got ${JSON.stringify(digest)}; expected sha256: and 64 of the characters 0-9 and a-f. Take it from what the registry answers to the push.`;
}
