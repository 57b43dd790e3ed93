/**
 * The answers of `git cat-file --batch -z`, in the order of the questions: `<id> blob <bytes>`, a line end, the
 * content, a line end.
 */
export function parseBlobs(names: readonly string[], output: Buffer): Map<string, Buffer> {
  const blobs = new Map<string, Buffer>();
  let at = 0;
  for (const name of names) {
    // A name may have line ends, and what there is none of is answered with its name.
    const absent = ABSENT.map((word) => Buffer.from(`${name} ${word}\n`)).find((answer) =>
      output.subarray(at, at + answer.length).equals(answer),
    );
    if (absent) {
      at += absent.length;
      continue;
    }
    const end = output.indexOf("\n", at);
    const [, type, length] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString("utf8", at, end)) ?? [];
    if (length === undefined) throw new Error(`git cat-file: no answer about ${JSON.stringify(name)}`);
    at = end + 1 + Number(length);
    if (type === "blob") blobs.set(name, output.subarray(end + 1, at));
    at += 1;
  }
  return blobs;
}

const ABSENT = ["missing", "ambiguous"];
