import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, unprocessable } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import { readCommit } from "../../git/commits";
import { listRefs, resolveCommit } from "../../git/refs";
import { combinedStatus, statusShape } from "../../shapes/checks";
import { commitShape } from "../../shapes/commits";
import { now } from "../../store/database";
import type { StatusRecord } from "../../store/records";
import { type Context, readTarget, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const schema = z.object({
  state: z.enum(["error", "failure", "pending", "success"]),
  context: z.string().min(1).default("default"),
  description: z.string().nullable().default(null),
  target_url: z.string().nullable().default(null),
});

interface StatusParams {
  Params: { owner: string; repo: string; ref: string };
}

/** Commit statuses: create, list, combined. Write access is enough to create one; the App of the token is recorded. */
export function statusRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;

  app.post<StatusParams>("/repos/:owner/:repo/statuses/:ref", async (request, reply) => {
    const { record, git, actor } = writeTarget(context, request);
    const { target_url: targetUrl, ...sent } = parseBody(schema, request.body);
    const sha = await resolveCommit(git, request.params.ref);
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${request.params.ref}`);
    const status: StatusRecord = {
      id: database.nextId(),
      sha,
      ...sent,
      targetUrl,
      creator: actor.account.login,
      appId: actor.app?.id ?? null,
      createdAt: now(),
    };
    record.statuses.push(status);
    await database.save();
    const shape = statusShape(context, record, status);
    const branches = (await listRefs(git, "refs/heads/")).filter((ref) => ref.sha === sha);
    const payload = {
      id: status.id,
      sha,
      name: `${record.owner}/${record.name}`,
      target_url: targetUrl,
      context: status.context,
      description: status.description,
      state: status.state,
      commit: commitShape(context, record, await readCommit(git, sha)),
      branches: branches.map(({ name }) => ({
        name: name.replace("refs/heads/", ""),
        commit: { sha, url: urls.repo(record, `/commits/${sha}`) },
        protected: false,
      })),
      created_at: status.createdAt,
      updated_at: status.createdAt,
      ...commonPayload(context, record, actor),
    };
    context.webhooks.emit(record, { name: "status", payload });
    return reply.code(201).send(shape);
  });

  for (const path of ["/repos/:owner/:repo/commits/:ref/statuses", "/repos/:owner/:repo/statuses/:ref"]) {
    app.get<StatusParams>(path, async (request, reply) => {
      const { record, git } = readTarget(context, request);
      const sha = await resolveCommit(git, request.params.ref);
      if (sha === undefined) throw notFound();
      const statuses = record.statuses.filter((status) => status.sha === sha).reverse();
      return paginate(urls, request, reply, statuses).map((status) => statusShape(context, record, status));
    });
  }

  app.get<StatusParams>("/repos/:owner/:repo/commits/:ref/status", async (request) => {
    const { record, git } = readTarget(context, request);
    const sha = await resolveCommit(git, request.params.ref);
    if (sha === undefined) throw notFound();
    const statuses = record.statuses.filter((status) => status.sha === sha);
    const newest = new Map(statuses.map((status) => [status.context, status]));
    return combinedStatus(context, record, sha, [...newest.values()]);
  });
}
