import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { adminTarget, type Context } from "../context";
import type { RepositoryRecord } from "../records";
import { parseBody } from "../errors";

const schema = z.object({
  default_workflow_permissions: z.enum(["read", "write"]).optional(),
  can_approve_pull_request_reviews: z.boolean().optional(),
});

/** What GitHub Actions' own token may do: whether it may open and approve pull requests is asked, the rest is stored. */
export function actionsPermissionRoutes(app: FastifyInstance, context: Context): void {
  const path = "/repos/:owner/:repo/actions/permissions/workflow";

  app.get(path, (request) => shape(adminTarget(context, request).record));

  app.put(path, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const { actions } = record;
    const sent = parseBody(schema, request.body);
    actions.defaultPermissions = sent.default_workflow_permissions ?? actions.defaultPermissions;
    actions.canApprove = sent.can_approve_pull_request_reviews ?? actions.canApprove;
    await context.database.save();
    return reply.code(204).send();
  });
}

function shape({ actions }: RepositoryRecord) {
  return {
    default_workflow_permissions: actions.defaultPermissions,
    can_approve_pull_request_reviews: actions.canApprove,
  };
}
