import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actor } from "../../domain/access/roles";
import { covers, SCOPES, type TokenPermissions, type TokenScopes } from "../../domain/access/token-scopes";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { simpleUser } from "../../shapes/accounts";
import { repository } from "../../shapes/repositories";
import { sameName } from "../../store/database";
import { type Context, signedIn, withContext } from "../context";
import { parseBody } from "../request-body";

type Schemas = components["schemas"];

const tokenSchema = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.int()).optional(),
  permissions: z.partialRecord(z.enum(SCOPES), z.enum(["read", "write"])).optional(),
});

interface AppParams {
  Params: { id: string; account: string; owner: string; repo: string };
}

type AppRequest = FastifyRequest<AppParams>;
/** An App that authenticates with a JWT. */
type AppActor = Actor & { installation: TokenScopes };

/**
 * Requests of an App that authenticates with its own signed JWT: its installations, and tokens for them with optional
 * limits.
 */
export function appRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  app.get("/app", (request) => appShape(appOf(request)));
  app.get("/app/installations", handle(listInstallations));
  app.get<AppParams>("/app/installations/:id", handle(getInstallation));
  app.post<AppParams>("/app/installations/:id/access_tokens", handle(createToken));
  app.delete("/installation/token", handle(revokeToken));
  app.get<AppParams>("/orgs/:account/installation", handle(getInstallationOfAccount));
  app.get<AppParams>("/users/:account/installation", handle(getInstallationOfAccount));
  app.get<AppParams>("/repos/:owner/:repo/installation", handle(getInstallationOfRepository));
}

function listInstallations(context: Context, request: FastifyRequest) {
  return [installationShape(context, appOf(request))];
}

function getInstallation(context: Context, request: AppRequest) {
  const actor = appOf(request);
  if (request.params.id !== String(actor.app?.id)) throw notFound();
  return installationShape(context, actor);
}

function createToken(context: Context, request: AppRequest, reply: FastifyReply) {
  const { account, app, installation } = appOf(request);
  if (request.params.id !== String(app?.id)) throw notFound();
  const {
    repositories: names,
    repository_ids: ids,
    permissions = installation.permissions,
  } = parseBody(tokenSchema, request.body);
  if (!isWithin(permissions, installation.permissions)) {
    throw unprocessable("The permissions requested are not granted to this installation.");
  }
  const records = context.database.repositories.filter(
    (record) =>
      covers(installation, record) &&
      (names?.some((name) => sameName(name, record.name)) ?? true) &&
      (ids?.includes(record.id) ?? true),
  );
  const isNarrowed = names !== undefined || ids !== undefined;
  if (records.length < Math.max(names?.length ?? 0, ids?.length ?? 0)) {
    throw unprocessable(
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const repositories = isNarrowed ? records.map(({ owner, name }) => `${owner}/${name}`) : installation.repositories;
  const actor: Actor = { account, scopes: { permissions, repositories }, ...(app ? { app } : {}) };
  const { token, expiresAt } = context.authenticator.issue(actor);
  return reply.code(201).send({
    token,
    expires_at: expiresAt,
    permissions,
    repository_selection: isNarrowed ? "selected" : selectionOf(installation),
    ...(isNarrowed ? { repositories: records.map((record) => repository(context, record)) } : {}),
  });
}

function revokeToken(context: Context, request: FastifyRequest, reply: FastifyReply) {
  if (!signedIn(request).app) throw new HttpError(403, "You must authenticate with an installation access token.");
  context.authenticator.revoke(request.headers.authorization?.split(" ").at(-1) ?? "");
  return reply.code(204).send();
}

function getInstallationOfAccount(context: Context, request: AppRequest) {
  const actor = appOf(request);
  const isThere = (entry: string) => sameName(entry.split("/")[0] ?? "", request.params.account);
  if (!actor.installation.repositories.some(isThere)) throw notFound();
  return installationShape(context, actor);
}

function getInstallationOfRepository(context: Context, request: AppRequest) {
  const actor = appOf(request);
  const record = context.database.repository(request.params.owner, request.params.repo);
  if (!record || !covers(actor.installation, record)) throw notFound();
  return installationShape(context, actor);
}

/** The App that makes a request with its JWT. Throws 401. */
function appOf(request: FastifyRequest | AppRequest): AppActor {
  const actor = signedIn(request);
  if (!actor.installation) throw new HttpError(401, "A JSON web token could not be decoded");
  return { ...actor, installation: actor.installation };
}

function appShape({ account, installation }: AppActor) {
  return { ...account.app, name: account.app?.slug, permissions: installation.permissions, events: [] };
}

function installationShape(
  { database, urls }: Context,
  { account, app, installation }: AppActor,
): Schemas["installation"] {
  // An App has exactly one installation here, with the App's own id, so that a seed can determine it.
  const id = app?.id ?? 0;
  const url = urls.api(`/app/installations/${id}`);
  const owner = database.account(installation.repositories[0]?.split("/")[0] ?? "") ?? account;
  return {
    id,
    app_id: id,
    app_slug: app?.slug ?? "",
    account: simpleUser(urls, owner),
    target_id: owner.id,
    target_type: owner.type,
    repository_selection: selectionOf(installation),
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: urls.api("/installation/repositories"),
    html_url: `${urls.base}/organizations/${owner.login}/settings/installations/${account.id}`,
    // For some permissions, GitHub has more levels than the two here.
    permissions: installation.permissions as Schemas["app-permissions"],
    events: [],
    single_file_name: null,
    suspended_at: null,
    suspended_by: null,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

function selectionOf({ repositories }: TokenScopes): "all" | "selected" {
  return repositories.some((entry) => entry.endsWith("/*")) ? "all" : "selected";
}

/** Whether one set of permissions is a subset of another. */
function isWithin(wanted: TokenPermissions, given: TokenPermissions): boolean {
  return SCOPES.every((scope) => !wanted[scope] || given[scope] === "write" || given[scope] === wanted[scope]);
}
