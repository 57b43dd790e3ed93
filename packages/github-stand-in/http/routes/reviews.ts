import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Actor, denied } from "../../domain/access/roles";
import { notFound, unprocessable, unprocessableEntity } from "../../domain/errors";
import { submitReview } from "../../domain/reviews";
import { resolveCommit } from "../../git/refs";
import { reviewShape } from "../../shapes/reviews";
import { now } from "../../store/database";
import { atLeast } from "../../store/permissions";
import type { ReviewRecord } from "../../store/records";
import { type Context, signedIn, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";
import { type PullParams, pullTarget } from "./pulls";

const eventSchema = z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]);
const createSchema = z.object({
  body: z.string().default(""),
  event: eventSchema.optional(),
  commit_id: z.string().optional(),
});

interface ReviewParams {
  Params: PullParams["Params"] & { review: string };
  Querystring: PullParams["Querystring"];
}

type ReviewRequest = FastifyRequest<ReviewParams>;

/**
 * Reviews of pull requests: create, submit, edit, dismiss, list. Read access is enough for a review; it counts only
 * with write access.
 */
export function reviewRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/repos/:owner/:repo/pulls/:number/reviews";
  app.get<PullParams>(base, handle(listReviews));
  app.post<PullParams>(base, handle(createReview));
  app.get<ReviewParams>(`${base}/:review`, handle(getReview));
  app.put<ReviewParams>(`${base}/:review`, handle(editReview));
  app.delete<ReviewParams>(`${base}/:review`, handle(deleteReview));
  app.post<ReviewParams>(`${base}/:review/events`, handle(submitPending));
  app.put<ReviewParams>(`${base}/:review/dismissals`, handle(dismissReview));
}

async function listReviews(context: Context, request: FastifyRequest<PullParams>, reply: FastifyReply) {
  const { record, pull, actor } = pullTarget(context, request);
  await context.pullRequests.settled(record);
  const shown = pull.reviews.filter((review) => isShown(review, actor));
  return paginate(context.urls, request, reply, shown).map((review) => reviewShape(context, record, pull, review));
}

async function createReview(context: Context, request: FastifyRequest<PullParams>) {
  const { database, pullRequests } = context;
  const { record, git, pull } = pullTarget(context, request);
  const actor = signedIn(request);
  const { body, event, commit_id: commit } = parseBody(createSchema, request.body);
  await pullRequests.settled(record);
  const head = commit === undefined ? pull.head.sha : await resolveCommit(git, commit);
  if (head === undefined) throw unprocessableEntity([`No commit found for SHA: ${commit ?? ""}`]);
  const { id: diff } = await pullRequests.diff(record, pull, head);
  const review: ReviewRecord = {
    id: database.nextId(),
    user: actor.account.login,
    state: "PENDING",
    body,
    commitId: head,
    diff,
    submittedAt: null,
  };
  if (event) submitReview(actor, record, pull, review, event);
  else if (pull.reviews.some(({ user, state }) => user === review.user && state === "PENDING")) {
    throw unprocessableEntity(["User can only have one pending review per pull request"]);
  }
  pull.reviews.push(review);
  return finish(context, request, review, event ? "submitted" : undefined);
}

async function getReview(context: Context, request: ReviewRequest) {
  const { record, pull, review } = reviewTarget(context, request);
  await context.pullRequests.settled(record);
  return reviewShape(context, record, pull, review);
}

function editReview(context: Context, request: ReviewRequest) {
  const { review } = ownReview(context, request);
  review.body = parseBody(z.object({ body: z.string() }), request.body).body;
  return finish(context, request, review, "edited");
}

async function deleteReview(context: Context, request: ReviewRequest) {
  const { record, pull, review } = ownReview(context, request);
  if (review.state !== "PENDING") throw unprocessable("Can not delete a non-pending pull request review");
  pull.reviews = pull.reviews.filter((other) => other !== review);
  await context.database.save();
  return reviewShape(context, record, pull, review);
}

async function submitPending(context: Context, request: ReviewRequest) {
  const { record, pull, review } = ownReview(context, request);
  const { event, body } = parseBody(z.object({ event: eventSchema, body: z.string().optional() }), request.body);
  if (review.state !== "PENDING") throw unprocessableEntity(["Can not submit a review that is not pending"]);
  await context.pullRequests.settled(record);
  review.body = body ?? review.body;
  submitReview(signedIn(request), record, pull, review, event);
  // Move it behind the reviews that were submitted in the meantime.
  pull.reviews = [...pull.reviews.filter((other) => other !== review), review];
  return finish(context, request, review, "submitted");
}

function dismissReview(context: Context, request: ReviewRequest) {
  const { review, actor, permission } = reviewTarget(context, request);
  if (!atLeast(permission, "write")) throw denied(actor, permission, "write");
  parseBody(z.object({ message: z.string().min(1) }), request.body);
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  review.state = "DISMISSED";
  return finish(context, request, review, "dismissed");
}

/** Saves a changed review, emits its event and returns its shape. */
async function finish(
  context: Context,
  request: FastifyRequest<PullParams> | ReviewRequest,
  review: ReviewRecord,
  action: "submitted" | "edited" | "dismissed" | undefined,
) {
  const { record, pull } = pullTarget(context, request);
  pull.updatedAt = now();
  await context.database.save();
  if (action) context.pullRequests.reviewed(signedIn(request), record, pull, review, action);
  return reviewShape(context, record, pull, review);
}

/** The review of a request. Throws 404. */
function reviewTarget(context: Context, request: ReviewRequest) {
  const target = pullTarget(context, request);
  const review = target.pull.reviews.find(({ id }) => String(id) === request.params.review);
  if (!review || !isShown(review, target.actor)) throw notFound();
  return { ...target, review };
}

/** The review of a request by its author. Throws 403 for everybody else. */
function ownReview(context: Context, request: ReviewRequest) {
  const target = reviewTarget(context, request);
  const { review, permission, actor } = target;
  if (review.user !== signedIn(request).account.login) throw denied(actor, permission, "admin");
  return target;
}

/** A pending review is visible only to its author. */
function isShown(review: ReviewRecord, actor: Actor | undefined): boolean {
  return review.state !== "PENDING" || review.user === actor?.account.login;
}
