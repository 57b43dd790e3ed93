import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Actor, permissionOf } from "../../domain/access/authenticator";
import { HttpError, notFound, parseBody, unprocessable, validationFailed } from "../../domain/errors";
import { initialCommit } from "../../domain/repository-content";
import { readRef } from "../../git/refs";
import { fullRepository } from "../../shapes/repositories";
import { NEW_IN_REPOSITORIES, now, sameName } from "../../store/database";
import type { AccountRecord, RepositoryRecord, RepositorySettings } from "../../store/records";
import { adminTarget, type Context, readTarget, signedIn, writeTarget } from "../context";

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

/** Repositories: create, read, change, delete, topics, vulnerability alerts. */
export function repositoryRoutes(app: FastifyInstance, context: Context): void {
  const { database, repositories } = context;

  app.post<{ Params: { org: string } }>("/orgs/:org/repos", async (request, reply) => {
    const actor = signedIn(request);
    const owner = database.account(request.params.org);
    if (owner?.type !== "Organization") throw notFound();
    if (owner.members[actor.account.login] === undefined) {
      throw new HttpError(403, "You need admin access to the organization before adding a repository to it.");
    }
    const record = await create(owner, actor, request.body);
    return reply.code(201).send(fullRepository(context, record, "admin"));
  });

  app.post("/user/repos", async (request, reply) => {
    const actor = signedIn(request);
    const record = await create(actor.account, actor, request.body);
    return reply.code(201).send(fullRepository(context, record, "admin"));
  });

  async function create(owner: AccountRecord, actor: Actor, body: unknown): Promise<RepositoryRecord> {
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
      ...NEW_IN_REPOSITORIES(),
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

  app.get("/repos/:owner/:repo", (request) => {
    const { record, permission } = readTarget(context, request);
    return fullRepository(context, record, permission);
  });

  app.patch("/repos/:owner/:repo", async (request) => {
    const { record, git, actor } = writeTarget(context, request, "admin");
    const { name, default_branch: branch, archived, ...sent } = parseBody(editSchema, request.body);
    if (record.settings.archived && archived !== false) {
      throw new HttpError(403, "Repository was archived so is read-only.");
    }
    if (name !== undefined && !sameName(name, record.name) && database.repository(record.owner, name))
      throw nameTaken();
    if (branch !== undefined && branch !== record.settings.default_branch) {
      if (!(await readRef(git, `refs/heads/${branch}`))) {
        throw validationFailed([
          {
            resource: "Repository",
            field: "default_branch",
            code: "invalid",
            message: `The branch ${branch} was not found. Please push that ref first or create it via the Git Data API.`,
          },
        ]);
      }
      await repositories.setDefaultBranch(record.id, branch);
      record.settings.default_branch = branch;
    }
    if (name !== undefined) record.name = repositoryName(name);
    Object.assign(record.settings, withVisibility(sent), archived === undefined ? {} : { archived });
    record.updatedAt = now();
    await database.save();
    return fullRepository(context, record, permissionOf(database, actor, record));
  });

  app.delete("/repos/:owner/:repo", async (request, reply) => {
    const { record } = writeTarget(context, request, "admin");
    database.removeRepository(record.id);
    await database.save();
    context.activity.forget(record.id);
    await context.webhooks.forget(new Set(record.hooks.map((hook) => hook.id)));
    for (const { id } of [record, ...record.environments]) await context.secrets.forget(id);
    await repositories.remove(record.id);
    return reply.code(204).send();
  });

  app.get("/repos/:owner/:repo/topics", (request) => ({ names: readTarget(context, request).record.topics }));

  app.put("/repos/:owner/:repo/topics", async (request) => {
    const { record } = adminTarget(context, request);
    const { names } = parseBody(z.object({ names: z.array(z.string()) }), request.body);
    const bad = names.find((topic) => !/^[a-z0-9][a-z0-9-]{0,49}$/.test(topic));
    if (bad !== undefined || names.length > 20) {
      throw unprocessable(
        bad === undefined
          ? "Validation Failed: a repository has at most 20 topics"
          : `Validation Failed: topic ${JSON.stringify(bad)} must start with a lowercase letter or number, consist of 50 characters or less, and can include hyphens`,
      );
    }
    record.topics = names;
    await database.save();
    return { names };
  });

  app.get("/repos/:owner/:repo/vulnerability-alerts", (request, reply) => {
    if (!adminTarget(context, request).record.vulnerabilityAlerts) throw notFound("Vulnerability alerts are disabled.");
    return reply.code(204).send();
  });

  for (const [method, enabled] of [
    ["PUT", true],
    ["DELETE", false],
  ] as const) {
    app.route({
      method,
      url: "/repos/:owner/:repo/vulnerability-alerts",
      handler: async (request, reply) => {
        adminTarget(context, request).record.vulnerabilityAlerts = enabled;
        await database.save();
        return reply.code(204).send();
      },
    });
  }
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
