import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { mapAtOnce } from "../at-once";
import { type Reading, READING_CHART, readValues } from "./helm";

/** How many files Helm reads side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/**
 * What Helm reads in each of some values files, in their order. It is Helm's own reading, of the bytes that it would
 * apply, and no other parser's.
 */
export async function helmReadings(texts: readonly string[]): Promise<Reading[]> {
  if (texts.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), "gitops-readings-"));
  try {
    for (const [path, text] of Object.entries(READING_CHART)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await mapAtOnce(texts, AT_ONCE, async (text) => {
      const file = join(folder, `${randomUUID()}.yaml`);
      await writeFile(file, text);
      const reading = await readValues(folder, file);
      await rm(file);
      return reading;
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
