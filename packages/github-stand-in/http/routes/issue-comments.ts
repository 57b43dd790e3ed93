import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { denied } from "../../domain/access/roles";
import { notFound } from "../../domain/errors";
import { commonPayload } from "../../domain/webhooks/payloads";
import { labelShape } from "../../shapes/pulls";
import { issueCommentShape, issueEventShape } from "../../shapes/reviews";
import { now } from "../../store/database";
import { atLeast } from "../../store/permissions";
import type { IssueCommentRecord } from "../../store/records";
import { type Context, readTarget, signedIn, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";
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

type CommentRequest = FastifyRequest<CommentParams>;
type LabelRequest = FastifyRequest<LabelParams>;

/**
 * Comments in the conversation of pull requests, their events, and their labels. Issues other than pull requests do not
 * exist.
 */
export function issueCommentRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/issues";
  app.get<PullParams>(`${base}/:number/comments`, handle(listComments));
  app.post<PullParams>(`${base}/:number/comments`, handle(createComment));
  app.patch<CommentParams>(`${base}/comments/:id`, handle(editComment));
  app.delete<CommentParams>(`${base}/comments/:id`, handle(deleteComment));
  app.get<PullParams>(`${base}/:number/events`, handle(listEvents));
  app.get<PullParams>(`${base}/:number/labels`, handle(listLabels));
  app.post<PullParams>(`${base}/:number/labels`, handle(addLabels));
  app.put<PullParams>(`${base}/:number/labels`, handle(replaceLabels));
  app.delete<LabelParams>(`${base}/:number/labels/:name`, handle(removeLabel));
}

function listComments(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { record, pull } = pullTarget(context, request);
  return paginate(context.urls, request, reply, pull.comments).map((comment) =>
    issueCommentShape(context, record, pull, comment),
  );
}

async function createComment(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { database, webhooks } = context;
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
  webhooks.emit(record, { name: "issue_comment", payload });
  return reply.code(201).send(shape);
}

async function editComment(context: Context, request: CommentRequest) {
  const { record, pull, comment } = ownComment(context, request);
  Object.assign(comment, parseBody(bodySchema, request.body), { updatedAt: now() });
  await context.database.save();
  return issueCommentShape(context, record, pull, comment);
}

async function deleteComment(context: Context, request: CommentRequest, reply: FastifyReply) {
  const { pull, comment } = ownComment(context, request);
  pull.comments = pull.comments.filter((other) => other !== comment);
  await context.database.save();
  return reply.code(204).send();
}

function listEvents(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { record, pull } = pullTarget(context, request);
  return paginate(context.urls, request, reply, pull.events).map((event) => issueEventShape(context, record, event));
}

function listLabels(context: Context, request: FastifyRequest<PullParams>) {
  const { record, pull } = pullTarget(context, request);
  return pull.labels.map((name) => labelShape(context, record, name));
}

function addLabels(context: Context, request: FastifyRequest<PullParams>) {
  const { pull } = labelTarget(context, request);
  const { labels } = parseBody(labelsSchema, request.body);
  return setLabels(context, request, [...pull.labels, ...labels]);
}

function replaceLabels(context: Context, request: FastifyRequest<PullParams>) {
  labelTarget(context, request);
  return setLabels(context, request, parseBody(labelsSchema, request.body).labels);
}

function removeLabel(context: Context, request: LabelRequest) {
  const { pull } = labelTarget(context, request);
  if (!pull.labels.includes(request.params.name)) throw notFound("Label does not exist");
  const left = pull.labels.filter((name) => name !== request.params.name);
  return setLabels(context, request, left);
}

async function setLabels(context: Context, request: FastifyRequest<PullParams> | LabelRequest, labels: string[]) {
  const { record, pull } = pullTarget(context, request);
  pull.labels = [...new Set(labels)];
  await context.database.save();
  return pull.labels.map((name) => labelShape(context, record, name));
}

/** The pull request of a request that changes its labels. Throws 403 or 404. */
function labelTarget(context: Context, request: FastifyRequest<PullParams> | LabelRequest) {
  const target = pullTarget(context, request);
  if (!atLeast(target.permission, "triage")) throw denied(target.actor, target.permission, "triage");
  return target;
}

/** The comment of a request that changes it: the actor's own, or with write access anyone's. Throws 403 or 404. */
function ownComment(context: Context, request: CommentRequest) {
  const { record, permission, actor } = readTarget(context, request);
  const isIt = ({ id }: IssueCommentRecord) => String(id) === request.params.id;
  const pull = record.pullRequests.find(({ comments }) => comments.some(isIt));
  const comment = pull?.comments.find(isIt);
  if (!pull || !comment) throw notFound();
  const isOwn = comment.user === signedIn(request).account.login;
  if (!isOwn && !atLeast(permission, "write")) throw denied(actor, permission, "write");
  return { record, pull, comment };
}
