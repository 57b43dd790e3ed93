import type { Signature } from "./commits";
import { type Git } from "./git";
import { readObject } from "./objects";

/** An annotated tag. */
export interface Tag {
  sha: string;
  name: string;
  /** The object that it points at. */
  object: { sha: string; type: string };
  tagger: Signature;
  /** Without the signature. */
  message: string;
  /** The signature and the signed bytes; null if there is no signature. */
  signed: { signature: string; payload: string } | null;
}

const SIGNATURE = /^-----BEGIN (?:SSH SIGNATURE|PGP SIGNATURE|SIGNED MESSAGE)-----$/m;

/** An annotated tag by its object's name, or undefined. */
export async function readTag(git: Git, sha: string): Promise<Tag | undefined> {
  const object = await readObject(git, sha);
  if (object?.type !== "tag") return undefined;
  return parseTag(object.sha, object.content.toString());
}

/** Parses the content of a tag object. */
export function parseTag(sha: string, text: string): Tag {
  const start = SIGNATURE.exec(text)?.index;
  const payload = text.slice(0, start);
  const end = payload.indexOf("\n\n");
  const header = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(payload.slice(0, end))?.[1] ?? "";
  const person = /^(.*) <(.*)> (\d+) ([+-]\d{4})$/.exec(header("tagger"));
  const [, name = "", email = "", seconds = "0"] = person ?? [];
  return {
    sha,
    name: header("tag"),
    object: { sha: header("object"), type: header("type") },
    tagger: { name, email, date: new Date(Number(seconds) * 1000).toISOString() },
    message: payload.slice(end + 2),
    signed: start === undefined ? null : { signature: text.slice(start), payload },
  };
}
