import type { FastifyReply, FastifyRequest, RouteGenericInterface } from "fastify";
import type { Actions } from "../actions/actions";
import type { Authenticator } from "../domain/access/authenticator";
import { type Actor, denied, outOfScope, roleOf } from "../domain/access/roles";
import { covers, type Scope, scopeLimit } from "../domain/access/token-scopes";
import type { AppManifests } from "../domain/app-manifests";
import type { ActivityLog } from "../domain/activity";
import { notFound, requiresAuthentication } from "../domain/errors";
import type { Protection } from "../domain/protection";
import type { PullRequests } from "../domain/pull-requests";
import type { RefUpdates } from "../domain/ref-updates";
import type { Webhooks } from "../domain/webhooks/webhooks";
import type { Git } from "../git/git";
import type { GitRepositories } from "../git/repositories";
import type { Urls } from "../shapes/urls";
import type { Database } from "../store/database";
import { atLeast, type Permission, weaker } from "../store/permissions";
import type { RepositoryRecord } from "../store/records";
import type { Secrets } from "../store/secrets";

declare module "fastify" {
  interface FastifyRequest {
    /** Undefined without a token. */
    actor: Actor | undefined;
  }
}

/** Everything that routes work with. */
export interface Context {
  authenticator: Authenticator;
  database: Database;
  repositories: GitRepositories;
  updates: RefUpdates;
  protection: Protection;
  webhooks: Webhooks;
  pullRequests: PullRequests;
  activity: ActivityLog;
  secrets: Secrets;
  manifests: AppManifests;
  /** Undefined if workflows are turned off. */
  actions?: Actions;
  urls: Urls;
}

/** Passes the context to a handler, so that a file of routes can start with one line for each route. */
export function withContext(context: Context) {
  return <P extends RouteGenericInterface, R>(
      handler: (context: Context, request: FastifyRequest<P>, reply: FastifyReply) => R,
    ) =>
    (request: FastifyRequest<P>, reply: FastifyReply): R =>
      handler(context, request, reply);
}

/** The repository of a request, with the permission of its actor. */
export interface Target {
  record: RepositoryRecord;
  git: Git;
  permission: Permission;
  actor: Actor | undefined;
}

/** A target whose actor is authenticated and can change it. */
export type WriteTarget = Target & { actor: Actor };

/**
 * The repository of a request's `:owner/:repo`, for reading. Throws 404 if it does not exist or the actor cannot read
 * it.
 */
export function readTarget(context: Context, request: FastifyRequest): Target {
  const { owner, repo } = request.params as { owner: string; repo: string };
  const record = context.database.repository(owner, repo);
  if (!record) throw notFound();
  const permission = allowed(context, request, record);
  return { record, git: context.repositories.open(record.id), permission, actor: request.actor };
}

/**
 * The actor's permission in a repository for this request. Throws 403 if the token's permissions do not include such
 * requests.
 */
function allowed(context: Context, request: FastifyRequest, record: RepositoryRecord): Permission {
  const { actor, method } = request;
  const role = roleOf(context.database, actor?.account, record);
  if (!atLeast(role, "read")) throw notFound();
  if (!actor?.scopes) return role;
  const isPublic = record.settings.visibility === "public";
  if (!covers(actor.scopes, record)) {
    if (!isPublic) throw notFound();
    return "read";
  }
  const path = decodeURIComponent(new URL(request.url, "http://host").pathname);
  const scope = scopeOf(method, path.replace(/^(\/api\/v3\/repos)?\/[^/]+\/[^/]+/, ""));
  const limit = scopeLimit(actor.scopes, scope);
  if (method === "GET" && isPublic) return "read";
  if (!atLeast(limit, method === "GET" ? "read" : "admin")) throw outOfScope(actor);
  // An App has no role: only its permissions count.
  return actor.app ? limit : weaker(role, limit);
}

/** The repository of a request, for changes. Throws GitHub's error if the permission is too weak. */
export function writeTarget(context: Context, request: FastifyRequest, needed: Permission = "write"): WriteTarget {
  const target = readTarget(context, request);
  if (!atLeast(target.permission, needed)) throw denied(request.actor, target.permission, needed);
  return { ...target, actor: signedIn(request) };
}

/**
 * The repository of a request for its hooks, keys or rulesets. GitHub responds with 404 to everybody except
 * administrators.
 */
export function adminTarget(context: Context, request: FastifyRequest): WriteTarget {
  const target = readTarget(context, request);
  if (!atLeast(target.permission, "admin")) throw target.actor?.scopes ? outOfScope(target.actor) : notFound();
  return { ...target, actor: signedIn(request) };
}

/** The actor of a request. Throws 401 without a token. */
export function signedIn(request: FastifyRequest): Actor {
  if (!request.actor) throw requiresAuthentication();
  return request.actor;
}

const RULES: [method: RegExp, path: RegExp, scope: Scope][] = [
  [/PUT/, /^\/pulls\/\d+\/merge$/, "contents"],
  [/./, /^\/pulls|^\/commits\/.+\/pulls$/, "pull_requests"],
  [/./, /^\/issues/, "pull_requests"],
  [/./, /^\/(check-runs|check-suites)|^\/commits\/.+\/check-(runs|suites)$/, "checks"],
  [/./, /^\/statuses\/|^\/commits\/.+\/status(es)?$/, "statuses"],
  [/./, /^\/deployments/, "deployments"],
  [/./, /^\/hooks/, "repository_hooks"],
  [/GET/, /^\/(rulesets|rules|topics|collaborators|teams|tags)/, "metadata"],
  [/GET/, /^\/environments(\/[^/]+(\/deployment-branch-policies.*)?)?$/, "actions"],
  [/./, /^\/environments\/[^/]+\/secrets/, "environments"],
  [/./, /^\/environments\/[^/]+\/variables/, "environments"],
  [/./, /^\/actions\/(workflows|runs|jobs)/, "actions"],
  [/./, /^\/actions\/secrets/, "secrets"],
  [/./, /^\/actions\/variables/, "actions_variables"],
  [/./, /^\/(contents|git|branches|commits|compare|codeowners|activity)(\/|$)/, "contents"],
  [/GET/, /^$/, "metadata"],
  // A team's permission in a repository: GET /orgs/<org>/teams/<slug>/repos/<owner>/<name>.
  [/GET/, /^\/orgs\/[^/]+\/teams\//, "members"],
];

/**
 * The permission that a request needs, from its method and its path below `/repos/<owner>/<name>`. Source: GitHub's
 * list "Permissions required for GitHub Apps". A path that is not listed needs `administration`.
 */
export function scopeOf(method: string, path: string): Scope {
  return RULES.find(([wanted, pattern]) => wanted.test(method) && pattern.test(path))?.[2] ?? "administration";
}
