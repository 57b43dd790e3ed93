import { createHash, randomUUID } from "node:crypto";
import type { FastifyError, FastifyInstance } from "fastify";
import { HttpError } from "../domain/errors";
import type { Context } from "./context";
import { RateLimit, SecondaryRateLimit, type WriteLimits } from "./rate-limits";
import { accountRoutes } from "./routes/accounts";
import { actionsPermissionRoutes } from "./routes/actions-permissions";
import { activityRoutes } from "./routes/activity";
import { appConversionRoutes } from "./routes/app-manifests";
import { appRoutes } from "./routes/app";
import { branchRoutes } from "./routes/branches";
import { checkRunRoutes } from "./routes/check-runs";
import { codeownersRoutes } from "./routes/codeowners";
import { collaboratorRoutes } from "./routes/collaborators";
import { commitRoutes } from "./routes/commits";
import { contentRoutes } from "./routes/contents";
import { deploymentStatusRoutes } from "./routes/deployment-statuses";
import { deploymentRoutes } from "./routes/deployments";
import { environmentRoutes } from "./routes/environments";
import { gitObjectRoutes } from "./routes/git-objects";
import { gitRefRoutes } from "./routes/git-refs";
import { hookRoutes } from "./routes/hooks";
import { issueCommentRoutes } from "./routes/issue-comments";
import { keyRoutes } from "./routes/keys";
import { mergeRoutes } from "./routes/merge";
import { pullRoutes } from "./routes/pulls";
import { repositoryRoutes } from "./routes/repositories";
import { reviewCommentRoutes } from "./routes/review-comments";
import { reviewRequestRoutes } from "./routes/review-requests";
import { reviewRoutes } from "./routes/reviews";
import { rulesetRoutes } from "./routes/rulesets";
import { secretAndVariableRoutes } from "./routes/secrets-and-variables";
import { statusRoutes } from "./routes/statuses";
import { tagRoutes } from "./routes/tags";
import { teamRoutes } from "./routes/teams";
import { workflowRunRoutes } from "./routes/workflow-runs";
import { workflowRoutes } from "./routes/workflows";

const ROUTES = [
  accountRoutes,
  appRoutes,
  appConversionRoutes,
  repositoryRoutes,
  collaboratorRoutes,
  contentRoutes,
  branchRoutes,
  gitRefRoutes,
  gitObjectRoutes,
  tagRoutes,
  commitRoutes,
  activityRoutes,
  hookRoutes,
  keyRoutes,
  environmentRoutes,
  deploymentRoutes,
  deploymentStatusRoutes,
  secretAndVariableRoutes,
  actionsPermissionRoutes,
  rulesetRoutes,
  codeownersRoutes,
  pullRoutes,
  mergeRoutes,
  reviewRoutes,
  reviewRequestRoutes,
  reviewCommentRoutes,
  issueCommentRoutes,
  statusRoutes,
  checkRunRoutes,
  teamRoutes,
];

/** The REST API: every route below /api/v3, with their common headers and errors. */
export function restRoutes(app: FastifyInstance, context: Context, writeLimits: WriteLimits): void {
  const limits = new RateLimit();
  const secondary = new SecondaryRateLimit(writeLimits);

  // GitHub parses JSON whatever the content type is, and accepts an empty body as none.
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("*", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parseJson(request, body as string, done);
  });

  app.addHook("onRequest", (request, reply, done) => {
    void reply.headers({
      "X-GitHub-Request-Id": randomUUID(),
      "X-GitHub-Media-Type": "github.v3; format=json",
      "X-GitHub-Enterprise-Version": "3.19.0",
      "X-GitHub-Api-Version-Selected": "2022-11-28",
      "Cache-Control": "private, no-cache",
      ...limits.count(request.actor?.account.login ?? ""),
    });
    const login = request.actor?.account.login;
    const isWrite = request.method !== "GET" && request.method !== "HEAD";
    const wait = isWrite && login !== undefined ? secondary.retryAfter(login, Date.now()) : undefined;
    if (wait === undefined) {
      done();
      return;
    }
    void reply.header("Retry-After", String(wait));
    const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    done(new HttpError(403, message));
  });

  app.addHook("onSend", (request, reply, payload, done) => {
    if (request.method !== "GET" || reply.statusCode !== 200 || typeof payload !== "string") {
      done(null, payload);
      return;
    }
    const tag = `W/"${createHash("sha256").update(payload).digest("hex")}"`;
    void reply.header("ETag", tag);
    const known = request.headers["if-none-match"]?.split(/,\s*/) ?? [];
    if (!known.includes(tag)) {
      done(null, payload);
      return;
    }
    void reply.code(304).removeHeader("Content-Type").removeHeader("Content-Length");
    done(null, "");
  });

  app.get("/rate_limit", (request) => limits.status(request.actor?.account.login ?? ""));
  for (const routes of ROUTES) routes(app, context);
  if (context.actions) {
    workflowRoutes(app, context, context.actions);
    workflowRunRoutes(app, context, context.actions);
  }

  app.setNotFoundHandler((_request, reply) => {
    const error = new HttpError(404, "Not Found");
    return reply.code(404).send(error.body());
  });
}

/** Converts an error to GitHub's response. Internal errors are logged on standard error. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const { statusCode = 500, message } = error as FastifyError;
  if (statusCode === 413) return new HttpError(413, "Request body is too large");
  if (statusCode === 400) return new HttpError(400, "Problems parsing JSON");
  if (statusCode < 500) return new HttpError(statusCode, message);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return new HttpError(500, "Server Error");
}
