import { SIGNERS_PATH } from "../../../components/repository/signers";
import type { Clone } from "../../git/clone";
import type { ApprovalRecord, FindRecord } from "../../release/find-record";
import { MAIN } from "../../git/refs";

/**
 * Remembers records that were verified, as long as the same keys vouch for them: a thousand services are verified once
 * and not at every commit. Those that are missing or wrong are looked for again each time: a record comes a moment
 * after its merge.
 */
export function remembering(): (clone: Clone, find: FindRecord) => Promise<FindRecord> {
  let signers = "";
  const verified = new Map<string, ApprovalRecord>();
  return async (clone, find) => {
    const now = (await clone.read(MAIN, SIGNERS_PATH)) ?? "";
    if (now !== signers) verified.clear();
    signers = now;
    return async (environment, commit) => {
      const name = `${environment} ${commit}`;
      const found = verified.get(name) ?? (await find(environment, commit));
      if (!("reason" in found)) verified.set(name, found);
      return found;
    };
  };
}
