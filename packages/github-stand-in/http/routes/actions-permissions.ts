import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpError } from "../../domain/errors";
import type { ActionsSettings, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context } from "../context";
import { parseBody } from "../request-body";

type Schemas = components["schemas"];

interface Target {
  Params: { owner: string; repo: string };
}

const permissionsSchema = z.object({
  enabled: z.boolean(),
  allowed_actions: z.enum(["all", "local_only", "selected"]).optional(),
});
const selectedSchema = z.object({
  github_owned_allowed: z.boolean().optional(),
  verified_allowed: z.boolean().optional(),
  patterns_allowed: z.array(z.string()).optional(),
});
const workflowSchema = z.object({
  default_workflow_permissions: z.enum(["read", "write"]).optional(),
  can_approve_pull_request_reviews: z.boolean().optional(),
});

/**
 * The settings of GitHub Actions. Only whether `GITHUB_TOKEN` can open and approve pull requests has an effect; the
 * rest is stored.
 */
export function actionsPermissionRoutes(app: FastifyInstance, context: Context): void {
  const base = "/repos/:owner/:repo/actions/permissions";

  app.get<Target>(base, (request): Schemas["actions-repository-permissions"] => {
    const { record } = adminTarget(context, request);
    const { enabled, allowed } = record.actions;
    if (!enabled) return { enabled };
    const url = context.urls.repo(record, "/actions/permissions/selected-actions");
    return { enabled, allowed_actions: allowed, ...(allowed === "selected" && { selected_actions_url: url }) };
  });

  app.put<Target>(base, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const sent = parseBody(permissionsSchema, request.body);
    Object.assign(record.actions, { enabled: sent.enabled, allowed: sent.allowed_actions ?? record.actions.allowed });
    await context.database.save();
    return reply.code(204).send();
  });

  app.get<Target>(`${base}/selected-actions`, (request) => selected(adminTarget(context, request).record).selected);

  app.put<Target>(`${base}/selected-actions`, async (request, reply) => {
    const actions = selected(adminTarget(context, request).record);
    const sent: z.infer<typeof selectedSchema> = parseBody(selectedSchema, request.body);
    actions.selected = sent;
    await context.database.save();
    return reply.code(204).send();
  });

  app.get<Target>(`${base}/workflow`, (request) => workflow(adminTarget(context, request).record));

  app.put<Target>(`${base}/workflow`, async (request, reply) => {
    const { actions } = adminTarget(context, request).record;
    const sent = parseBody(workflowSchema, request.body);
    actions.defaultPermissions = sent.default_workflow_permissions ?? actions.defaultPermissions;
    actions.canApprove = sent.can_approve_pull_request_reviews ?? actions.canApprove;
    await context.database.save();
    return reply.code(204).send();
  });
}

/** The list exists only if the setting is `selected`. */
function selected({ actions }: RepositoryRecord): ActionsSettings {
  if (actions.allowed !== "selected") throw new HttpError(409, "Allowed actions are not set to selected.");
  return actions;
}

function workflow({ actions }: RepositoryRecord) {
  return {
    default_workflow_permissions: actions.defaultPermissions,
    can_approve_pull_request_reviews: actions.canApprove,
  };
}
