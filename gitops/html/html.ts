/** Text that is HTML already: made by {@link html} only. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/**
 * What a template takes: HTML as it is, everything else as text; a list in its order; nothing of false, null and
 * undefined.
 */
export type Content = Html | string | number | false | null | undefined | readonly Content[];

/** A template whose values stay text wherever they come from: what a commit message says is shown, never obeyed. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  let text = strings[0] ?? "";
  values.forEach((value, index) => (text += render(value) + (strings[index + 1] ?? "")));
  return new Html(text);
}

function render(value: Content): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return value === false || value === null || value === undefined ? "" : value.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Also drops what would show text in another order than it has, and control characters, which HTML does not allow. */
function escape(text: string): string {
  return text
    .replace(/[\u202a-\u202e\u2066-\u2069]|(?![\t\n])\p{Cc}/gu, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
