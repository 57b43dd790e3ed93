import type { FastifyRequest } from "fastify";
import { type Actor, atLeast, denied, permissionOf } from "./auth";
import type { Database } from "./database";
import { notFound, requiresAuthentication } from "./errors";
import type { Git } from "./git/git";
import type { GitRepositories } from "./git/repositories";
import type { PullRequests } from "./pull-requests";
import type { Permission, RepositoryRecord } from "./records";
import type { RefUpdates } from "./ref-updates";
import type { Urls } from "./shapes/urls";
import type { Webhooks } from "./webhooks/webhooks";

declare module "fastify" {
  interface FastifyRequest {
    /** Who makes the request; undefined without a token. */
    actor: Actor | undefined;
  }
}

/** Everything that routes work with. */
export interface Context {
  database: Database;
  repositories: GitRepositories;
  updates: RefUpdates;
  webhooks: Webhooks;
  pullRequests: PullRequests;
  urls: Urls;
}

/** A repository that a request is about, with what the one who asks may do in it. */
export interface Target {
  record: RepositoryRecord;
  git: Git;
  permission: Permission;
  actor: Actor | undefined;
}

/** A target that the one who asks, known by a token, may change. */
export type WriteTarget = Target & { actor: Actor };

/** The repository of a request's `:owner/:repo`, to read. Throws 404 where it is not there or not to be seen. */
export function readTarget(context: Context, request: FastifyRequest): Target {
  const { owner, repo } = request.params as { owner: string; repo: string };
  const record = context.database.repository(owner, repo);
  if (!record) throw notFound();
  const permission = permissionOf(context.database, request.actor, record);
  if (!atLeast(permission, "read")) throw notFound();
  return { record, git: context.repositories.open(record.id), permission, actor: request.actor };
}

/** The repository of a request, to change. Throws GitHub's error where the right is not enough. */
export function writeTarget(context: Context, request: FastifyRequest, needed: Permission = "write"): WriteTarget {
  const target = readTarget(context, request);
  if (!atLeast(target.permission, needed)) throw denied(request.actor, target.permission, needed);
  return { ...target, actor: signedIn(request) };
}

/**
 * The repository of a request, for its hooks, keys and rules: GitHub hides those from everybody but administrators behind
 * a 404.
 */
export function adminTarget(context: Context, request: FastifyRequest): WriteTarget {
  const target = readTarget(context, request);
  if (!atLeast(target.permission, "admin")) throw notFound();
  return { ...target, actor: signedIn(request) };
}

/** Who makes the request. Throws 401 without a token. */
export function signedIn(request: FastifyRequest): Actor {
  if (!request.actor) throw requiresAuthentication();
  return request.actor;
}
