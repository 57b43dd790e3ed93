/**
 * Parses what a step wrote to GITHUB_OUTPUT or GITHUB_ENV: lines `name=value`, or `name<<END`, lines, `END`. Throws
 * GitHub's message for anything else; `kind` is GitHub's name of the file.
 */
export function parseCommandFile(text: string, kind: "output" | "env"): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (heredoc > 0 && (equals < 0 || heredoc < equals)) {
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter, at + 1);
      if (end < 0) throw failure(kind, `Matching delimiter not found '${delimiter}'`);
      values[line.slice(0, heredoc)] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (equals > 0) values[line.slice(0, equals)] = line.slice(equals + 1);
    else throw failure(kind, `Invalid format '${line}'`);
  }
  return values;
}

function failure(kind: string, reason: string): Error {
  return new Error(`Unable to process file command '${kind}' successfully. ${reason}`);
}
