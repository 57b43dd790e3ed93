import { parse } from "yaml";

/** Writes a text in the quoting that another value has. Without quotes only where every reader of YAML takes it for that text. */
export function quoteLike(source: string, text: string): string {
  if (source.startsWith("'")) return `'${text.replaceAll("'", "''")}'`;
  if (!source.startsWith('"') && isPlain(text)) return text;
  return JSON.stringify(text);
}

/** Helm reads YAML 1.1, where more looks like a number, a date or a truth value than in 1.2. */
function isPlain(text: string): boolean {
  if (!/^\w([\w.:-]*[\w.-])?$/.test(text)) return false;
  return parse(text, { version: "1.1" }) === text && parse(text, { version: "1.2" }) === text;
}
