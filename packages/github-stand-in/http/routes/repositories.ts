import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Actor, permissionOf } from "../../domain/access/roles";
import { HttpError, notFound, unprocessable, validationFailed } from "../../domain/errors";
import { initialCommit } from "../../domain/repository-content";
import { readRef } from "../../git/refs";
import { fullRepository } from "../../shapes/repositories";
import { now, sameName } from "../../store/database";
import type { AccountRecord, RepositoryRecord, RepositorySettings } from "../../store/records";
import { adminTarget, type Context, readTarget, signedIn, withContext, writeTarget } from "../context";
import { parseBody } from "../request-body";

const settingsSchema = z
  .object({
    description: z.string().nullable(),
    homepage: z.string().nullable(),
    visibility: z.enum(["public", "private", "internal"]),
    private: z.boolean(),
    is_template: z.boolean(),
    has_issues: z.boolean(),
    has_projects: z.boolean(),
    has_wiki: z.boolean(),
    has_discussions: z.boolean(),
    has_downloads: z.boolean(),
    allow_forking: z.boolean(),
    allow_merge_commit: z.boolean(),
    allow_squash_merge: z.boolean(),
    allow_rebase_merge: z.boolean(),
    allow_auto_merge: z.boolean(),
    allow_update_branch: z.boolean(),
    delete_branch_on_merge: z.boolean(),
    web_commit_signoff_required: z.boolean(),
    squash_merge_commit_title: z.enum(["PR_TITLE", "COMMIT_OR_PR_TITLE"]),
    squash_merge_commit_message: z.enum(["PR_BODY", "COMMIT_MESSAGES", "BLANK"]),
    merge_commit_title: z.enum(["PR_TITLE", "MERGE_MESSAGE"]),
    merge_commit_message: z.enum(["PR_BODY", "PR_TITLE", "BLANK"]),
  })
  .partial();
const createSchema = settingsSchema.extend({ name: z.string(), auto_init: z.boolean().optional() });
const editSchema = settingsSchema.extend({
  name: z.string().optional(),
  archived: z.boolean().optional(),
  default_branch: z.string().optional(),
});

const DEFAULTS: RepositorySettings = {
  description: null,
  homepage: null,
  visibility: "public",
  default_branch: "main",
  archived: false,
  is_template: false,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_discussions: false,
  has_downloads: true,
  allow_forking: true,
  allow_merge_commit: true,
  allow_squash_merge: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
  web_commit_signoff_required: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
};

interface OrganizationParams {
  Params: { org: string };
}

/** Repositories: create, read, change, delete, topics, vulnerability alerts. */
export function repositoryRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo";
  app.post<OrganizationParams>("/orgs/:org/repos", handle(createInOrganization));
  app.post("/user/repos", handle(createForUser));
  app.get(base, handle(getRepository));
  app.patch(base, handle(editRepository));
  app.delete(base, handle(deleteRepository));
  app.get(`${base}/topics`, handle(getTopics));
  app.put(`${base}/topics`, handle(replaceTopics));
  app.get(`${base}/vulnerability-alerts`, handle(getAlerts));
  app.put(`${base}/vulnerability-alerts`, handle(enableAlerts));
  app.delete(`${base}/vulnerability-alerts`, handle(disableAlerts));
}

async function createInOrganization(
  context: Context,
  request: FastifyRequest<OrganizationParams>,
  reply: FastifyReply,
) {
  const actor = signedIn(request);
  const owner = context.database.account(request.params.org);
  if (owner?.type !== "Organization") throw notFound();
  if (owner.members[actor.account.login] === undefined) {
    throw new HttpError(403, "You need admin access to the organization before adding a repository to it.");
  }
  const record = await create(context, owner, actor, request.body);
  return reply.code(201).send(fullRepository(context, record, "admin"));
}

async function createForUser(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const actor = signedIn(request);
  const record = await create(context, actor.account, actor, request.body);
  return reply.code(201).send(fullRepository(context, record, "admin"));
}

async function create(context: Context, owner: AccountRecord, actor: Actor, body: unknown): Promise<RepositoryRecord> {
  const { database, repositories } = context;
  const { name: wanted, auto_init: autoInit, ...sent } = parseBody(createSchema, body);
  const name = repositoryName(wanted);
  if (database.repository(owner.login, name)) throw nameTaken();
  const time = now();
  const record: RepositoryRecord = {
    id: database.nextId(),
    owner: owner.login,
    name,
    settings: { ...DEFAULTS, ...withVisibility(sent) },
    topics: [],
    vulnerabilityAlerts: false,
    createdAt: time,
    updatedAt: time,
    pushedAt: time,
    collaborators: owner.type === "Organization" ? { [actor.account.login]: "admin" } : {},
    hooks: [],
    keys: [],
    environments: [],
    variables: [],
    secrets: [],
    rulesets: [],
    pullRequests: [],
    statuses: [],
    checkRuns: [],
    deployments: [],
    signed: [],
    pushers: {},
    actions: { defaultPermissions: "read", canApprove: false, enabled: true, allowed: "all", selected: {} },
  };
  const git = await repositories.create(record.id, record.settings.default_branch);
  const first = autoInit === true ? await initialCommit(git, record, actor) : undefined;
  if (database.repository(owner.login, name)) {
    await repositories.remove(record.id);
    throw nameTaken();
  }
  database.repositories.push(record);
  if (first) context.activity.refsMoved({ actor, repository: record, changes: [first] });
  await database.save();
  return record;
}

function getRepository(context: Context, request: FastifyRequest) {
  const { record, permission } = readTarget(context, request);
  return fullRepository(context, record, permission);
}

async function editRepository(context: Context, request: FastifyRequest) {
  const { database, repositories } = context;
  const { record, git, actor } = writeTarget(context, request, "admin");
  const { name, default_branch: branch, archived, ...sent } = parseBody(editSchema, request.body);
  if (record.settings.archived && archived !== false) {
    throw new HttpError(403, "Repository was archived so is read-only.");
  }
  if (name !== undefined && !sameName(name, record.name) && database.repository(record.owner, name)) throw nameTaken();
  if (branch !== undefined && branch !== record.settings.default_branch) {
    if (!(await readRef(git, `refs/heads/${branch}`))) throw branchMissing(branch);
    await repositories.setDefaultBranch(record.id, branch);
    record.settings.default_branch = branch;
  }
  if (name !== undefined) record.name = repositoryName(name);
  Object.assign(record.settings, withVisibility(sent), archived === undefined ? {} : { archived });
  record.updatedAt = now();
  await database.save();
  return fullRepository(context, record, permissionOf(database, actor, record));
}

async function deleteRepository(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { database, repositories } = context;
  const { record } = writeTarget(context, request, "admin");
  database.removeRepository(record.id);
  await database.save();
  context.activity.forget(record.id);
  await context.webhooks.forget(new Set(record.hooks.map((hook) => hook.id)));
  for (const { id } of [record, ...record.environments]) await context.secrets.forget(id);
  await repositories.remove(record.id);
  return reply.code(204).send();
}

function getTopics(context: Context, request: FastifyRequest) {
  return { names: readTarget(context, request).record.topics };
}

async function replaceTopics(context: Context, request: FastifyRequest) {
  const { record } = adminTarget(context, request);
  const { names } = parseBody(z.object({ names: z.array(z.string()) }), request.body);
  const bad = names.find((topic) => !/^[a-z0-9][a-z0-9-]{0,49}$/.test(topic));
  if (bad !== undefined || names.length > 20) {
    throw unprocessable(
      bad === undefined
        ? "Validation Failed: a repository has at most 20 topics"
        : `Validation Failed: topic ${JSON.stringify(bad)} must start with a lowercase letter or number, ` +
            "consist of 50 characters or less, and can include hyphens",
    );
  }
  record.topics = names;
  await context.database.save();
  return { names };
}

function getAlerts(context: Context, request: FastifyRequest, reply: FastifyReply) {
  if (!adminTarget(context, request).record.vulnerabilityAlerts) throw notFound("Vulnerability alerts are disabled.");
  return reply.code(204).send();
}

function enableAlerts(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return setAlerts(context, request, reply, true);
}

function disableAlerts(context: Context, request: FastifyRequest, reply: FastifyReply) {
  return setAlerts(context, request, reply, false);
}

async function setAlerts(context: Context, request: FastifyRequest, reply: FastifyReply, enabled: boolean) {
  adminTarget(context, request).record.vulnerabilityAlerts = enabled;
  await context.database.save();
  return reply.code(204).send();
}

/**
 * GitHub replaces invalid characters of a name with hyphens. Here such a name is rejected, so that the response always
 * has the requested name.
 */
function repositoryName(name: string): string {
  const isValid =
    /^[A-Za-z0-9._-]{1,100}$/.test(name) && !/^\.{1,2}$/.test(name) && !name.toLowerCase().endsWith(".git");
  if (isValid) return name;
  const message =
    "name may only have letters, digits, '.', '-' and '_', at most 100 characters, and may not end in .git";
  throw validationFailed(
    [{ resource: "Repository", field: "name", code: "custom", message }],
    "Repository creation failed.",
  );
}

function nameTaken(): HttpError {
  const message = "name already exists on this account";
  return validationFailed(
    [{ resource: "Repository", field: "name", code: "custom", message }],
    "Repository creation failed.",
  );
}

function withVisibility({ private: isPrivate, ...sent }: z.infer<typeof settingsSchema>): Partial<RepositorySettings> {
  if (sent.visibility !== undefined || isPrivate === undefined) return sent;
  return { ...sent, visibility: isPrivate ? "private" : "public" };
}

function branchMissing(branch: string): HttpError {
  const message = `The branch ${branch} was not found. Please push that ref first or create it via the Git Data API.`;
  return validationFailed([{ resource: "Repository", field: "default_branch", code: "invalid", message }]);
}
