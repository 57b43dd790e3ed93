import { isText } from "./ambiguities";

/**
 * Writes a text in the quoting that another value has. Without quotes only where every reader of YAML takes it for that
 * text.
 */
export function quoteLike(source: string, text: string): string {
  if (source.startsWith("'")) return `'${text.replaceAll("'", "''")}'`;
  if (!source.startsWith('"') && /^\w([\w.:-]*[\w.-])?$/.test(text) && isText(text)) return text;
  return JSON.stringify(text);
}
