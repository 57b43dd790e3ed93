import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { covers, SCOPES, type TokenPermissions, type TokenScopes } from "../access/token-scopes";
import type { Actor, Authenticator } from "../auth";
import { type Context, signedIn } from "../context";
import { HttpError, notFound, parseBody, unprocessable } from "../errors";
import { repository } from "../shapes/repositories";
import { simpleUser } from "../shapes/accounts";

const schema = z.object({
  repositories: z.array(z.string()).optional(),
  permissions: z.partialRecord(z.enum(SCOPES), z.enum(["read", "write"])).optional(),
});

interface AppParams {
  Params: { id: string; owner: string; repo: string };
}

/** What an App asks with a JWT that it signed: where it is installed, and tokens for there, as narrow as it likes. */
export function appRoutes(app: FastifyInstance, context: Context, authenticator: Authenticator): void {
  const { database, urls } = context;

  app.get("/app", (request) => {
    const { account, installation } = appOf(request);
    return { ...account.app, name: account.app?.slug, permissions: installation.permissions, events: [] };
  });

  app.get("/app/installations", (request) => [installationShape(appOf(request))]);

  app.get<AppParams>("/repos/:owner/:repo/installation", (request) => {
    const actor = appOf(request);
    const record = database.repository(request.params.owner, request.params.repo);
    if (!record || !covers(actor.installation, record)) throw notFound();
    return installationShape(actor);
  });

  app.post<AppParams>("/app/installations/:id/access_tokens", (request, reply) => {
    const { account, app: identity, installation } = appOf(request);
    if (request.params.id !== String(account.id)) throw notFound();
    const { repositories: names, permissions = installation.permissions } = parseBody(schema, request.body);
    if (!isWithin(permissions, installation.permissions)) {
      throw unprocessable("The permissions requested are not granted to this installation.");
    }
    const records = database.repositories.filter(
      (record) => covers(installation, record) && (names?.includes(record.name) ?? true),
    );
    if (names && records.length < names.length) {
      throw unprocessable(
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
      );
    }
    const repositories = names ? records.map((record) => `${record.owner}/${record.name}`) : installation.repositories;
    const actor: Actor = { account, scopes: { permissions, repositories }, ...(identity ? { app: identity } : {}) };
    const { token, expiresAt } = authenticator.issue(actor);
    return reply.code(201).send({
      token,
      expires_at: expiresAt,
      permissions,
      repository_selection: names ? "selected" : "all",
      ...(names ? { repositories: records.map((record) => repository(context, record)) } : {}),
    });
  });

  function appOf(request: FastifyRequest): Actor & { installation: TokenScopes } {
    const actor = signedIn(request);
    if (!actor.installation) throw new HttpError(401, "A JSON web token could not be decoded");
    return { ...actor, installation: actor.installation };
  }

  function installationShape({ account, app: identity, installation }: Actor & { installation: TokenScopes }) {
    const url = urls.api(`/app/installations/${account.id}`);
    return {
      id: account.id,
      app_id: identity?.id,
      app_slug: identity?.slug,
      account: simpleUser(urls, account),
      repository_selection: "selected",
      access_tokens_url: `${url}/access_tokens`,
      permissions: installation.permissions,
      events: [],
    };
  }
}

/** Whether one set of permissions gives no more than another. */
function isWithin(wanted: TokenPermissions, given: TokenPermissions): boolean {
  return SCOPES.every((scope) => !wanted[scope] || given[scope] === "write" || given[scope] === wanted[scope]);
}
