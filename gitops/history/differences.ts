import { isDeepStrictEqual } from "node:util";
import type { Clone } from "../git/clone";
import type { FileChange } from "../git/file-changes";
import { summarizeValues } from "../values/summary";

/** What a change makes of a service's values. */
export interface Difference {
  /** The image before and from then on; null where there is no file, or none in it. */
  readonly from: string | null;
  readonly to: string | null;
  readonly was: "there" | "absent";
  readonly is: "there" | "absent";
  /** Whether other values than the image changed, of a file that was there before and is still. */
  readonly configuration: boolean;
}

/**
 * Reads what changes of values files make of them. Blobs do not change: what the last call asked for is not read again
 * by the next one.
 */
export class DifferencesByBlob {
  private known = new Map<string, Difference>();

  constructor(private readonly clone: Clone) {}

  /** By change. */
  async of(changes: readonly FileChange[]): Promise<ReadonlyMap<FileChange, Difference>> {
    const unknown = changes.filter((change) => !this.known.has(keyOf(change)));
    const ids = unknown.flatMap(({ before, after }) => [before, after]).filter((id) => id !== null);
    const values = new Map([...(await this.clone.readBlobs(ids))].map(([id, text]) => [id, summarizeValues(text)]));
    const known = new Map<string, Difference>();
    for (const change of changes) {
      const key = keyOf(change);
      const [before, after] = [change.before, change.after].map((id) => values.get(id ?? ""));
      const both = before !== undefined && after !== undefined;
      const read = {
        from: before?.image ?? null,
        to: after?.image ?? null,
        was: before ? ("there" as const) : ("absent" as const),
        is: after ? ("there" as const) : ("absent" as const),
        configuration: both && !isDeepStrictEqual(before.others, after.others),
      };
      known.set(key, this.known.get(key) ?? read);
    }
    this.known = known;
    return new Map(
      changes.flatMap((change) => {
        const difference = known.get(keyOf(change));
        return difference ? [[change, difference] as const] : [];
      }),
    );
  }
}

function keyOf({ before, after }: FileChange): string {
  return `${before ?? ""} ${after ?? ""}`;
}
