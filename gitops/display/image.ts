/**
 * An image as tables show it: the tag, for a digest is as wide as a terminal; where there is no tag, the digest's first
 * characters.
 */
export function shortImage(image: string | null): string {
  if (image === null) return "–";
  const [tag = ""] = image.split("@");
  return tag === "" ? image.slice(0, "@sha256:".length + 7) : tag;
}

/** What an image became. Where only the digest differs, the digests' first characters tell the two apart. */
export function imageChange(from: string | null, to: string | null): string {
  const [before, after] = [shortImage(from), shortImage(to)];
  if (from === to) return after;
  if (before === after) return `${after} (${digest(from)} → ${digest(to)})`;
  return from === null ? after : `${before} → ${after}`;
}

function digest(image: string | null): string {
  return image?.split("@sha256:")[1]?.slice(0, 7) ?? "no digest";
}
