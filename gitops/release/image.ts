import { parse } from "yaml";
import { z } from "zod";

/** The image that values name. */
export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string | undefined;
}

const schema = z.object({
  image: z.object({ repository: z.string(), tag: z.string(), digest: z.string().optional() }),
});

/** The image in the text of values; undefined where it names none, or is no YAML: other checks say so. */
export function imageIn(values: string | undefined): Image | undefined {
  if (values === undefined) return undefined;
  try {
    return schema.safeParse(parse(values)).data?.image;
  } catch {
    return undefined;
  }
}

/** The version as trailers and people have it: the tag, with the digest where there is one. */
export function version({ tag, digest }: Image): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}
