import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { PERIODS, selectActivity } from "../../domain/activity";
import { simpleUser } from "../../shapes/accounts";
import { nodeId } from "../../shapes/urls";
import { ACTIVITY_TYPES, type ActivityRecord } from "../../store/history-records";
import { type Context, readTarget } from "../context";
import { cursorPage } from "../pagination";
import { parseBody } from "../request-body";

const querySchema = z.object({
  direction: z.enum(["asc", "desc"]).default("desc"),
  ref: z.string().optional(),
  actor: z.string().optional(),
  time_period: z.enum(Object.keys(PERIODS) as (keyof typeof PERIODS)[]).optional(),
  // Nothing here merges through a queue, so this type is accepted and finds nothing.
  activity_type: z.enum([...ACTIVITY_TYPES, "merge_queue_merge"]).optional(),
});

/** A repository's activity: who changed which branch. Newest first by default, paginated with cursors. */
export function activityRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls, activity } = context;

  app.get("/repos/:owner/:repo/activity", async (request, reply) => {
    const { record } = readTarget(context, request);
    const { direction, activity_type: type, ...filter } = parseBody(querySchema, request.query);
    if (type === "merge_queue_merge") return [];
    const found = selectActivity(await activity.list(record), { ...filter, activity_type: type }, Date.now());
    if (direction === "desc") found.reverse();
    return cursorPage(urls, request, reply, found).map(shape);
  });

  function shape(entry: ActivityRecord): components["schemas"]["activity"] {
    const account = database.account(entry.actor);
    return {
      id: entry.id,
      node_id: nodeId("PushActivity", entry.id),
      before: entry.before,
      after: entry.after,
      ref: entry.ref,
      timestamp: entry.timestamp,
      activity_type: entry.type,
      actor: account ? simpleUser(urls, account) : null,
    };
  }
}
