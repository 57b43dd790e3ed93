import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { ACTIONS_APP_ID } from "../../domain/access/seed";
import { type Actor, atLeast, denied } from "../../domain/access/authenticator";
import { notFound, parseBody, unprocessable, unprocessableEntity } from "../../domain/errors";
import { resolveCommit } from "../../git/refs";
import { paginate } from "../pagination";
import type { ReviewRecord } from "../../store/records";
import { reviewShape } from "../../shapes/reviews";
import { now, sameName } from "../../store/database";
import { type Context, signedIn } from "../context";
import { type PullParams, pullTarget } from "./pulls";

const STATES = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;
const eventSchema = z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]);
type ReviewEvent = z.infer<typeof eventSchema>;
const createSchema = z.object({
  body: z.string().default(""),
  event: eventSchema.optional(),
  commit_id: z.string().optional(),
});

interface ReviewParams {
  Params: PullParams["Params"] & { review: string };
  Querystring: PullParams["Querystring"];
}

/**
 * Reviews of pull requests: create, submit, edit, dismiss, list. Read access is enough for a review; it counts only
 * with write access.
 */
export function reviewRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls, pullRequests } = context;
  const base = "/repos/:owner/:repo/pulls/:number/reviews";

  app.get<PullParams>(base, async (request, reply) => {
    const { record, pull, actor } = pullTarget(context, request);
    await pullRequests.settled(record);
    const shown = pull.reviews.filter((review) => isShown(review, actor));
    return paginate(urls, request, reply, shown).map((review) => reviewShape(context, record, pull, review));
  });

  app.post<PullParams>(base, async (request) => {
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
    if (event) submit(actor, request, review, event);
    else if (pull.reviews.some(({ user, state }) => user === review.user && state === "PENDING")) {
      throw unprocessableEntity(["User can only have one pending review per pull request"]);
    }
    pull.reviews.push(review);
    return done(request, review, event ? "submitted" : undefined);
  });

  app.get<ReviewParams>(`${base}/:review`, async (request) => {
    const { record, pull, review } = reviewTarget(context, request);
    await pullRequests.settled(record);
    return reviewShape(context, record, pull, review);
  });

  app.put<ReviewParams>(`${base}/:review`, (request) => {
    const review = ownReview(context, request);
    review.body = parseBody(z.object({ body: z.string() }), request.body).body;
    return done(request, review, "edited");
  });

  app.delete<ReviewParams>(`${base}/:review`, async (request) => {
    const { record, pull } = reviewTarget(context, request);
    const review = ownReview(context, request);
    if (review.state !== "PENDING") throw unprocessable("Can not delete a non-pending pull request review");
    pull.reviews = pull.reviews.filter((other) => other !== review);
    await database.save();
    return reviewShape(context, record, pull, review);
  });

  app.post<ReviewParams>(`${base}/:review/events`, async (request) => {
    const { record, pull } = reviewTarget(context, request);
    const review = ownReview(context, request);
    const { event, body } = parseBody(z.object({ event: eventSchema, body: z.string().optional() }), request.body);
    if (review.state !== "PENDING") throw unprocessableEntity(["Can not submit a review that is not pending"]);
    await pullRequests.settled(record);
    review.body = body ?? review.body;
    submit(signedIn(request), request, review, event);
    // Move it behind the reviews that were submitted in the meantime.
    pull.reviews = [...pull.reviews.filter((other) => other !== review), review];
    return done(request, review, "submitted");
  });

  app.put<ReviewParams>(`${base}/:review/dismissals`, (request) => {
    const { review, actor, permission } = reviewTarget(context, request);
    if (!atLeast(permission, "write")) throw denied(actor, permission, "write");
    parseBody(z.object({ message: z.string().min(1) }), request.body);
    if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
      throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
    }
    review.state = "DISMISSED";
    return done(request, review, "dismissed");
  });

  function submit(actor: Actor, request: FastifyRequest<PullParams>, review: ReviewRecord, event: ReviewEvent): void {
    const { record, pull } = pullTarget(context, request);
    const isOwn = sameName(pull.author, actor.account.login);
    if (isOwn && event === "APPROVE") throw unprocessableEntity(["Can not approve your own pull request"]);
    if (isOwn && event === "REQUEST_CHANGES") {
      throw unprocessableEntity(["Can not request changes on your own pull request"]);
    }
    if (event === "APPROVE" && actor.app?.id === ACTIONS_APP_ID && !record.actions.canApprove) {
      throw unprocessableEntity(["GitHub Actions is not permitted to approve pull requests."]);
    }
    if (event !== "APPROVE" && review.body === "") throw unprocessableEntity(["Body cannot be blank"]);
    review.state = STATES[event];
    review.submittedAt = now();
    pull.requested.users = pull.requested.users.filter((login) => !sameName(login, review.user));
  }

  async function done(
    request: FastifyRequest<PullParams>,
    review: ReviewRecord,
    action: "submitted" | "edited" | "dismissed" | undefined,
  ) {
    const { record, pull } = pullTarget(context, request);
    pull.updatedAt = now();
    await database.save();
    if (action) pullRequests.reviewed(signedIn(request), record, pull, review, action);
    return reviewShape(context, record, pull, review);
  }
}

function reviewTarget(context: Context, request: FastifyRequest<ReviewParams>) {
  const target = pullTarget(context, request);
  const review = target.pull.reviews.find(({ id }) => String(id) === request.params.review);
  if (!review || !isShown(review, target.actor)) throw notFound();
  return { ...target, review };
}

function ownReview(context: Context, request: FastifyRequest<ReviewParams>): ReviewRecord {
  const { review, permission, actor } = reviewTarget(context, request);
  if (review.user !== signedIn(request).account.login) throw denied(actor, permission, "admin");
  return review;
}

/** A pending review is visible only to its author. */
function isShown(review: ReviewRecord, actor: Actor | undefined): boolean {
  return review.state !== "PENDING" || review.user === actor?.account.login;
}
