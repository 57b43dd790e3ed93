import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actor } from "../../domain/access/roles";
import { covers, SCOPES, type TokenPermissions, type TokenScopes } from "../../domain/access/token-scopes";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { installation, integration, selectionOf } from "../../shapes/apps";
import { repository } from "../../shapes/repositories";
import { sameName } from "../../store/database";
import type { AppRecord, InstallationRecord } from "../../store/records";
import { type Context, signedIn, withContext } from "../context";
import { parseBody } from "../request-body";

const tokenSchema = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.int()).optional(),
  permissions: z.partialRecord(z.enum(SCOPES), z.enum(["read", "write"])).optional(),
});

interface AppParams {
  Params: { id: string; account: string; owner: string; repo: string; slug: string };
}

type AppRequest = FastifyRequest<AppParams>;
/** An App that authenticates with a JWT. */
type AppActor = Actor & { record: AppRecord };

/**
 * Requests of an App that authenticates with its own signed JWT: its installations, and tokens for them with optional
 * limits.
 */
export function appRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  app.get("/app", (request) => integration(context, appOf(request).record));
  app.get<AppParams>("/apps/:slug", handle(getApp));
  app.get("/app/installations", handle(listInstallations));
  app.get<AppParams>("/app/installations/:id", handle(getInstallation));
  app.post<AppParams>("/app/installations/:id/access_tokens", handle(createToken));
  app.delete("/installation/token", handle(revokeToken));
  app.get<AppParams>("/orgs/:account/installations", handle(listInstallationsOfOrganization));
  app.get<AppParams>("/orgs/:account/installation", handle(getInstallationOfAccount));
  app.get<AppParams>("/users/:account/installation", handle(getInstallationOfAccount));
  app.get<AppParams>("/repos/:owner/:repo/installation", handle(getInstallationOfRepository));
}

/** Anybody can see an App: all of them are public here. */
function getApp(context: Context, { params }: AppRequest) {
  const app = context.database.app(params.slug);
  if (!app) throw notFound();
  return integration(context, app);
}

function listInstallations(context: Context, request: FastifyRequest) {
  const { record } = appOf(request);
  return record.installation ? [installation(context, record, record.installation)] : [];
}

/** The Apps that are installed in an organisation, for its owners. */
function listInstallationsOfOrganization(context: Context, request: AppRequest) {
  const { account, scopes } = signedIn(request);
  const organization = context.database.account(request.params.account);
  if (organization?.type !== "Organization") throw notFound();
  if (scopes || organization.members[account.login] !== "admin") {
    throw new HttpError(403, "Must have admin rights to Organization.");
  }
  const installations = context.database.apps.flatMap((app) =>
    app.installation && isIn(organization.login, app.installation.repositories)
      ? [installation(context, app, app.installation)]
      : [],
  );
  return { total_count: installations.length, installations };
}

function getInstallation(context: Context, request: AppRequest) {
  const { record } = appOf(request);
  return installation(
    context,
    record,
    installationOf(record, ({ id }) => request.params.id === String(id)),
  );
}

function createToken(context: Context, request: AppRequest, reply: FastifyReply) {
  const { account, app, record: own } = appOf(request);
  const { repositories: reachable } = installationOf(own, ({ id }) => request.params.id === String(id));
  const granted: TokenScopes = { permissions: own.permissions, repositories: reachable };
  const {
    repositories: names,
    repository_ids: ids,
    permissions = granted.permissions,
  } = parseBody(tokenSchema, request.body);
  if (!isWithin(permissions, granted.permissions)) {
    throw unprocessable("The permissions requested are not granted to this installation.");
  }
  const records = context.database.repositories.filter(
    (record) =>
      covers(granted, record) &&
      (names?.some((name) => sameName(name, record.name)) ?? true) &&
      (ids?.includes(record.id) ?? true),
  );
  const isNarrowed = names !== undefined || ids !== undefined;
  if (records.length < Math.max(names?.length ?? 0, ids?.length ?? 0)) {
    throw unprocessable(
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const repositories = isNarrowed ? records.map(({ owner, name }) => `${owner}/${name}`) : reachable;
  const actor: Actor = { account, scopes: { permissions, repositories }, ...(app ? { app } : {}) };
  const { token, expiresAt } = context.authenticator.issue(actor);
  return reply.code(201).send({
    token,
    expires_at: expiresAt,
    permissions,
    repository_selection: isNarrowed ? "selected" : selectionOf(reachable),
    ...(isNarrowed ? { repositories: records.map((record) => repository(context, record)) } : {}),
  });
}

function revokeToken(context: Context, request: FastifyRequest, reply: FastifyReply) {
  if (!signedIn(request).app) throw new HttpError(403, "You must authenticate with an installation access token.");
  context.authenticator.revoke(request.headers.authorization?.split(" ").at(-1) ?? "");
  return reply.code(204).send();
}

function getInstallationOfAccount(context: Context, request: AppRequest) {
  const { record } = appOf(request);
  const found = installationOf(record, ({ repositories }) => isIn(request.params.account, repositories));
  return installation(context, record, found);
}

function getInstallationOfRepository(context: Context, request: AppRequest) {
  const { record } = appOf(request);
  const repository = context.database.repository(request.params.owner, request.params.repo);
  const found = installationOf(
    record,
    ({ repositories }) => repository !== undefined && covers({ permissions: {}, repositories }, repository),
  );
  return installation(context, record, found);
}

/** The installation of an App, if it is the one that a request means. Throws 404. */
function installationOf(app: AppRecord, isMeant: (found: InstallationRecord) => boolean): InstallationRecord {
  if (!app.installation || !isMeant(app.installation)) throw notFound();
  return app.installation;
}

function isIn(account: string, repositories: readonly string[]): boolean {
  return repositories.some((entry) => sameName(entry.split("/")[0] ?? "", account));
}

/** The App that makes a request with its JWT. Throws 401. */
function appOf(request: FastifyRequest | AppRequest): AppActor {
  const actor = signedIn(request);
  if (!actor.record) throw new HttpError(401, "A JSON web token could not be decoded");
  return { ...actor, record: actor.record };
}

/** Whether one set of permissions is a subset of another. */
function isWithin(wanted: TokenPermissions, given: TokenPermissions): boolean {
  return SCOPES.every((scope) => !wanted[scope] || given[scope] === "write" || given[scope] === wanted[scope]);
}
