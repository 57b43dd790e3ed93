import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { atLeast, denied } from "../../domain/access/authenticator";
import { notFound, parseBody } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import { paginate } from "../pagination";
import type { IssueCommentRecord } from "../../store/records";
import { labelShape } from "../../shapes/pulls";
import { issueCommentShape, issueEventShape } from "../../shapes/reviews";
import { now } from "../../store/database";
import { type Context, readTarget, signedIn } from "../context";
import { type PullParams, pullTarget } from "./pulls";

const bodySchema = z.object({ body: z.string().min(1) });
const labelsSchema = z.object({ labels: z.array(z.string().min(1)) });

interface CommentParams {
  Params: { owner: string; repo: string; id: string };
}
interface LabelParams {
  Params: PullParams["Params"] & { name: string };
  Querystring: PullParams["Querystring"];
}

/**
 * Comments in the conversation of pull requests, their events, and their labels. Issues other than pull requests do not
 * exist.
 */
export function issueCommentRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/issues";

  app.get<PullParams>(`${base}/:number/comments`, (request, reply) => {
    const { record, pull } = pullTarget(context, request);
    return paginate(urls, request, reply, pull.comments).map((comment) =>
      issueCommentShape(context, record, pull, comment),
    );
  });

  app.post<PullParams>(`${base}/:number/comments`, async (request, reply) => {
    const { record, pull } = pullTarget(context, request);
    const actor = signedIn(request);
    const { body } = parseBody(bodySchema, request.body);
    const time = now();
    const comment = { id: database.nextId(), user: actor.account.login, body, createdAt: time, updatedAt: time };
    pull.comments.push(comment);
    await database.save();
    const shape = issueCommentShape(context, record, pull, comment);
    const payload = {
      action: "created",
      comment: shape,
      issue: { number: pull.number, title: pull.title, pull_request: { url: shape.issue_url } },
      ...commonPayload(context, record, actor),
    };
    context.webhooks.emit(record, { name: "issue_comment", payload });
    return reply.code(201).send(shape);
  });

  app.get<PullParams>(`${base}/:number/events`, (request, reply) => {
    const { record, pull } = pullTarget(context, request);
    return paginate(urls, request, reply, pull.events).map((event) => issueEventShape(context, record, event));
  });

  app.patch<CommentParams>(`${base}/comments/:id`, async (request) => {
    const { record, pull, comment } = own(request);
    Object.assign(comment, parseBody(bodySchema, request.body), { updatedAt: now() });
    await database.save();
    return issueCommentShape(context, record, pull, comment);
  });

  app.delete<CommentParams>(`${base}/comments/:id`, async (request, reply) => {
    const { pull, comment } = own(request);
    pull.comments = pull.comments.filter((other) => other !== comment);
    await database.save();
    return reply.code(204).send();
  });

  app.get<PullParams>(`${base}/:number/labels`, (request) => {
    const { record, pull } = pullTarget(context, request);
    return pull.labels.map((name) => labelShape(context, record, name));
  });

  for (const method of ["POST", "PUT"] as const) {
    app.route<PullParams>({
      method,
      url: `${base}/:number/labels`,
      handler: async (request) => {
        const { record, pull } = labelTarget(request);
        const { labels } = parseBody(labelsSchema, request.body);
        pull.labels = [...new Set([...(method === "POST" ? pull.labels : []), ...labels])];
        await database.save();
        return pull.labels.map((name) => labelShape(context, record, name));
      },
    });
  }

  app.delete<LabelParams>(`${base}/:number/labels/:name`, async (request) => {
    const { record, pull } = labelTarget(request);
    if (!pull.labels.includes(request.params.name)) throw notFound("Label does not exist");
    pull.labels = pull.labels.filter((name) => name !== request.params.name);
    await database.save();
    return pull.labels.map((name) => labelShape(context, record, name));
  });

  function labelTarget(request: FastifyRequest<PullParams>) {
    const target = pullTarget(context, request);
    if (!atLeast(target.permission, "triage")) throw denied(target.actor, target.permission, "triage");
    return target;
  }

  function own(request: FastifyRequest<CommentParams>) {
    const { record, permission, actor } = readTarget(context, request);
    const isIt = ({ id }: IssueCommentRecord) => String(id) === request.params.id;
    const pull = record.pullRequests.find(({ comments }) => comments.some(isIt));
    const comment = pull?.comments.find(isIt);
    if (!pull || !comment) throw notFound();
    const isOwn = comment.user === signedIn(request).account.login;
    if (!isOwn && !atLeast(permission, "write")) throw denied(actor, permission, "write");
    return { record, pull, comment };
  }
}
