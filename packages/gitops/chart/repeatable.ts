import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/**
 * Finds the template functions in a chart and in a service's values that could render other objects at another time, in
 * another cluster or with another version of Helm. What was approved must be what is applied, even days later.
 * @param folder The folder with charts and values.
 */
export async function changingParts(folder: string, chart: string, values: string): Promise<string[]> {
  // All files, because a chart may render any of them, and texts of the values, as templates.
  const files = [...(await filesBelow(folder, chart)), values].sort();
  const found = await Promise.all(
    files.map(async (path) => {
      const words = changingIn(await readFile(join(folder, path), "utf8"));
      return words.map((word) => {
        const rule = "nothing that depends on the time, on chance, on the cluster or on Helm's version";
        return `${path}: got ${word} in a template; expected ${rule}. Take a value instead of it.`;
      });
    }),
  );
  return found.flat();
}

/**
 * The functions whose result is random, or depends on the time, the cluster or the network. Those that format a date
 * use the current time for anything that is not a date. https://helm.sh/docs/chart_template_guide/function_list/
 */
const FUNCTIONS = [
  ...["lookup", "getHostByName", "HelmVersion"],
  ...["now", "ago", "date", "date_?[iI]n_?[zZ]one", "htmlDate(InZone)?"],
  ...["rand(AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)", "shuffle", "uuidv4"],
  ...["gen(PrivateKey|CA|SelfSignedCert|SignedCert)(WithKey)?", "bcrypt", "htpasswd", "encryptAES"],
];
const CHANGING = new RegExp(`(?<![\\w$-])(${FUNCTIONS.join("|")})(?![\\w-])`, "g");

/**
 * The changing functions in the actions of a template, each once. Text in quotes counts too, because `tpl` may run it.
 */
export function changingIn(text: string): string[] {
  const words = actionsIn(text).flatMap((action) => {
    // A value may have the name of a function: `.Values.date`.
    const withoutFields = action.replace(/\.(?!HelmVersion\b)[A-Za-z_]\w*/g, ".");
    return [...withoutFields.matchAll(CHANGING)].map(([word]) => word);
  });
  return [...new Set(words)];
}

/**
 * The texts between the braces of a template's actions, without comments. As in Go, braces in quotes do not end an
 * action.
 */
function actionsIn(text: string): string[] {
  const actions: string[] = [];
  for (let start = text.indexOf("{{"); start !== -1; start = text.indexOf("{{", start)) {
    const isComment = /^\{\{(- )?\/\*/.test(text.slice(start, start + 6));
    const end = isComment ? endOf(text, "*/", start) : endOfAction(text, start + 2);
    if (!isComment) actions.push(text.slice(start + 2, end));
    start = end;
  }
  return actions;
}

function endOfAction(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (text.startsWith("}}", at)) return at + 2;
    if (character === "`") at = endOf(text, "`", at + 1) - 1;
    else if (character === '"' || character === "'") {
      for (at++; at < text.length && text.charAt(at) !== character; at++) if (text.charAt(at) === "\\") at++;
    }
  }
  return text.length;
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at + mark.length;
}

/** The paths of all files of a chart, also of the charts in it. */
async function filesBelow(folder: string, path: string): Promise<string[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
