import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Reading, READING_CHART, readValues } from "./helm";

/** How many files Helm reads side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/** What Helm reads in each of some values files, in their order. It is Helm's own reading, of the bytes that it would apply, and no other parser's. */
export async function helmReadings(texts: readonly string[]): Promise<Reading[]> {
  if (texts.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), "gitops-readings-"));
  try {
    for (const [path, text] of Object.entries(READING_CHART)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const readings: Reading[] = [];
    const rest = [...texts.entries()];
    const work = async () => {
      for (let next = rest.shift(); next; next = rest.shift()) {
        const [index, text] = next;
        const file = join(folder, `${index}.yaml`);
        await writeFile(file, text);
        readings[index] = await readValues(folder, file);
        await rm(file);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return readings;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
