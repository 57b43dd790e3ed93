import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { denied } from "../../domain/access/roles";
import { notFound, unprocessable } from "../../domain/errors";
import { reviewCommentShape } from "../../shapes/reviews";
import { now } from "../../store/database";
import { atLeast } from "../../store/permissions";
import type { ReviewCommentRecord } from "../../store/records";
import { type Context, readTarget, signedIn } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";
import { type PullParams, pullTarget } from "./pulls";

const schema = z.object({
  body: z.string().min(1),
  path: z.string().optional(),
  line: z.int().positive().optional(),
  commit_id: z.string().optional(),
  in_reply_to: z.int().optional(),
});

interface CommentParams {
  Params: { owner: string; repo: string; id: string };
}

/**
 * Comments on the files of a pull request. Each comment that is not a reply starts a conversation, which stays
 * unresolved until the comment is deleted: GitHub resolves conversations through GraphQL, which is not served here.
 */
export function reviewCommentRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/pulls";

  app.get<PullParams>(`${base}/:number/comments`, (request, reply) => {
    const { record, pull } = pullTarget(context, request);
    return paginate(urls, request, reply, pull.reviewComments).map((comment) =>
      reviewCommentShape(context, record, pull, comment),
    );
  });

  app.post<PullParams>(`${base}/:number/comments`, async (request, reply) => {
    const { record, pull } = pullTarget(context, request);
    const actor = signedIn(request);
    const { body, line, in_reply_to: inReplyTo, ...sent } = parseBody(schema, request.body);
    const parent = pull.reviewComments.find(({ id }) => id === inReplyTo);
    if (inReplyTo !== undefined && !parent) throw notFound();
    const path = parent?.path ?? sent.path;
    if (path === undefined) throw unprocessable('Invalid request.\n\n"path" wasn\'t supplied.');
    const time = now();
    const comment: ReviewCommentRecord = {
      id: database.nextId(),
      user: actor.account.login,
      body,
      path,
      line: line ?? null,
      commitId: sent.commit_id ?? pull.head.sha,
      inReplyTo: inReplyTo ?? null,
      createdAt: time,
      updatedAt: time,
    };
    pull.reviewComments.push(comment);
    await database.save();
    return reply.code(201).send(reviewCommentShape(context, record, pull, comment));
  });

  app.delete<CommentParams>(`${base}/comments/:id`, async (request, reply) => {
    const { record, permission, actor } = readTarget(context, request);
    const isIt = ({ id }: ReviewCommentRecord) => String(id) === request.params.id;
    const pull = record.pullRequests.find(({ reviewComments }) => reviewComments.some(isIt));
    const comment = pull?.reviewComments.find(isIt);
    if (!pull || !comment) throw notFound();
    const isOwn = comment.user === signedIn(request).account.login;
    if (!isOwn && !atLeast(permission, "write")) throw denied(actor, permission, "write");
    pull.reviewComments = pull.reviewComments.filter((other) => other !== comment);
    await database.save();
    return reply.code(204).send();
  });
}
