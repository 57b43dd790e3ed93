import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Actor, Authenticator } from "../../domain/access/authenticator";
import { covers, SCOPES, type TokenPermissions, type TokenScopes } from "../../domain/access/token-scopes";
import { HttpError, notFound, parseBody, unprocessable } from "../../domain/errors";
import { simpleUser } from "../../shapes/accounts";
import { repository } from "../../shapes/repositories";
import { sameName } from "../../store/database";
import { type Context, signedIn } from "../context";

type Schemas = components["schemas"];

const schema = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.int()).optional(),
  permissions: z.partialRecord(z.enum(SCOPES), z.enum(["read", "write"])).optional(),
});

interface AppParams {
  Params: { id: string; account: string; owner: string; repo: string };
}

/**
 * Requests of an App that authenticates with its own signed JWT: its installations, and tokens for them with optional
 * limits.
 */
export function appRoutes(app: FastifyInstance, context: Context, authenticator: Authenticator): void {
  const { database, urls } = context;

  app.get("/app", (request) => {
    const { account, installation } = appOf(request);
    return { ...account.app, name: account.app?.slug, permissions: installation.permissions, events: [] };
  });

  app.get("/app/installations", (request) => [installationShape(appOf(request))]);

  app.get<AppParams>("/app/installations/:id", (request) => {
    const actor = appOf(request);
    if (request.params.id !== String(actor.app?.id)) throw notFound();
    return installationShape(actor);
  });

  for (const path of ["/orgs/:account/installation", "/users/:account/installation"]) {
    app.get<AppParams>(path, (request) => {
      const actor = appOf(request);
      const isThere = (entry: string) => sameName(entry.split("/")[0] ?? "", request.params.account);
      if (!actor.installation.repositories.some(isThere)) throw notFound();
      return installationShape(actor);
    });
  }

  app.delete("/installation/token", (request, reply) => {
    if (!signedIn(request).app) throw new HttpError(403, "You must authenticate with an installation access token.");
    authenticator.revoke(request.headers.authorization?.split(" ").at(-1) ?? "");
    return reply.code(204).send();
  });

  app.get<AppParams>("/repos/:owner/:repo/installation", (request) => {
    const actor = appOf(request);
    const record = database.repository(request.params.owner, request.params.repo);
    if (!record || !covers(actor.installation, record)) throw notFound();
    return installationShape(actor);
  });

  app.post<AppParams>("/app/installations/:id/access_tokens", (request, reply) => {
    const { account, app: identity, installation } = appOf(request);
    if (request.params.id !== String(identity?.id)) throw notFound();
    const {
      repositories: names,
      repository_ids: ids,
      permissions = installation.permissions,
    } = parseBody(schema, request.body);
    if (!isWithin(permissions, installation.permissions)) {
      throw unprocessable("The permissions requested are not granted to this installation.");
    }
    const records = database.repositories.filter(
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
    const repositories = isNarrowed
      ? records.map((record) => `${record.owner}/${record.name}`)
      : installation.repositories;
    const actor: Actor = { account, scopes: { permissions, repositories }, ...(identity ? { app: identity } : {}) };
    const { token, expiresAt } = authenticator.issue(actor);
    return reply.code(201).send({
      token,
      expires_at: expiresAt,
      permissions,
      repository_selection: isNarrowed ? "selected" : selectionOf(installation),
      ...(isNarrowed ? { repositories: records.map((record) => repository(context, record)) } : {}),
    });
  });

  function appOf(request: FastifyRequest): Actor & { installation: TokenScopes } {
    const actor = signedIn(request);
    if (!actor.installation) throw new HttpError(401, "A JSON web token could not be decoded");
    return { ...actor, installation: actor.installation };
  }

  function installationShape({
    account,
    app: identity,
    installation,
  }: Actor & { installation: TokenScopes }): Schemas["installation"] {
    // An App has exactly one installation here, with the App's own id, so that a seed can determine it.
    const id = identity?.id ?? 0;
    const url = urls.api(`/app/installations/${id}`);
    const owner = database.account(installation.repositories[0]?.split("/")[0] ?? "") ?? account;
    return {
      id,
      app_id: id,
      app_slug: identity?.slug ?? "",
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
}

function selectionOf({ repositories }: TokenScopes): "all" | "selected" {
  return repositories.some((entry) => entry.endsWith("/*")) ? "all" : "selected";
}

/** Whether one set of permissions is a subset of another. */
function isWithin(wanted: TokenPermissions, given: TokenPermissions): boolean {
  return SCOPES.every((scope) => !wanted[scope] || given[scope] === "write" || given[scope] === wanted[scope]);
}
