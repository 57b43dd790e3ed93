import assert from "node:assert/strict";
import type { ActivityRecord, ActivityType } from "../../store/history-records";
import { type ActivityFilter, selectActivity } from "../../domain/activity";
import { cutWindow } from "../../http/pagination";

const NOW = Date.parse("2026-03-31T12:00:00Z");
const record = (id: number, ref: string, actor: string, type: ActivityType, hoursAgo: number): ActivityRecord => ({
  id,
  ref,
  actor,
  type,
  before: "a".repeat(40),
  after: "b".repeat(40),
  timestamp: new Date(NOW - hoursAgo * 3_600_000).toISOString(),
});
const RECORDS = [
  record(1, "refs/heads/main", "ada", "branch_creation", 24 * 300),
  record(2, "refs/heads/main", "ben", "push", 24 * 6),
  record(3, "refs/heads/env/prod", "Ada", "force_push", 25),
  record(4, "refs/heads/main", "ada", "pr_merge", 1),
];

describe("GitHub stand-in: filters of activity", () => {
  const table: [filter: ActivityFilter, ids: number[]][] = [
    [{}, [1, 2, 3, 4]],
    [{ ref: "main" }, [1, 2, 4]],
    [{ ref: "refs/heads/main" }, [1, 2, 4]],
    [{ ref: "heads/main" }, []],
    [{ ref: "prod" }, []],
    [{ actor: "ada" }, [1, 3, 4]],
    [{ activity_type: "force_push" }, [3]],
    [{ time_period: "day" }, [4]],
    [{ time_period: "week" }, [2, 3, 4]],
    [{ time_period: "year" }, [1, 2, 3, 4]],
    [{ time_period: "quarter", ref: "main", actor: "ben" }, [2]],
  ];
  for (const [filter, ids] of table) {
    it(JSON.stringify(filter), () => {
      assert.deepEqual(
        selectActivity(RECORDS, filter, NOW).map(({ id }) => id),
        ids,
      );
    });
  }
});

describe("GitHub stand-in: pagination with cursors", () => {
  const list = [7, 6, 5, 4, 3].map((id) => ({ id }));
  type Case = [
    before: number | undefined,
    after: number | undefined,
    ids: number[],
    hasPrevious: boolean,
    hasNext: boolean,
  ];
  const table: Case[] = [
    [undefined, undefined, [7, 6], false, true],
    [undefined, 6, [5, 4], true, true],
    [undefined, 4, [3], true, false],
    [undefined, 3, [], true, false],
    [5, undefined, [7, 6], false, true],
    [4, undefined, [6, 5], true, true],
    [7, undefined, [], false, true],
    [undefined, 99, [7, 6], false, true],
    [99, undefined, [7, 6], false, true],
  ];
  for (const [before, after, ids, hasPrevious, hasNext] of table) {
    it(`before ${before ?? "-"}, after ${after ?? "-"}`, () => {
      const page = cutWindow(list, { before, after, size: 2 });
      assert.deepEqual([page.items.map(({ id }) => id), page.hasPrevious, page.hasNext], [ids, hasPrevious, hasNext]);
    });
  }
});
