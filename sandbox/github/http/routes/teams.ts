import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Actor, atLeast, outOfScope, repositoryKey, roleOf } from "../../domain/access/authenticator";
import { HttpError, notFound, parseBody, unprocessable } from "../../domain/errors";
import { paginate } from "../pagination";
import { simpleUser } from "../../shapes/accounts";
import { repository } from "../../shapes/repositories";
import { teamFull, teamSimple, teamWithPermission } from "../../shapes/teams";
import type { RepositoryRecord, TeamRecord } from "../../store/records";
import { type Context, readTarget, signedIn } from "../context";

const PERMISSION_OF = { pull: "read", triage: "triage", push: "write", maintain: "maintain", admin: "admin" } as const;

interface TeamParams {
  Params: { org: string; slug: string; user: string; owner: string; repo: string; orgId?: string; teamId?: string };
  Querystring: { role?: string };
}

/** Teams of an organisation: their members and permissions. The seed creates teams, and owners can change them. */
export function teamRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/orgs/:org/teams";

  app.get<TeamParams>(base, (request, reply) => {
    const organization = visibleOrganization(request);
    const teams = database.teams.filter((team) => team.organization === organization);
    return paginate(urls, request, reply, teams).map((team) => ({ ...teamSimple(urls, team), parent: null }));
  });

  app.post<TeamParams>(base, async (request, reply) => {
    const organization = ownedOrganization(request);
    const schema = z.object({
      name: z.string().min(1),
      description: z.string().nullable().default(null),
      privacy: z.enum(["closed", "secret"]).default("secret"),
    });
    const sent = parseBody(schema, request.body);
    const slug = sent.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    if (database.team(organization, slug)) throw unprocessable("Validation Failed: Name must be unique for this org");
    const team: TeamRecord = { id: database.nextId(), organization, slug, ...sent, members: {}, repositories: {} };
    database.teams.push(team);
    await database.save();
    return reply.code(201).send(teamFull(database, urls, team));
  });

  app.get<TeamParams>(`${base}/:slug`, (request) => teamFull(database, urls, find(request)));

  app.get<TeamParams>(`${base}/:slug/members`, (request, reply) => {
    const { role = "all" } = request.query;
    const accounts = Object.entries(find(request).members)
      .filter(([, has]) => role === "all" || role === has)
      .map(([login]) => database.account(login));
    const known = accounts.filter((account) => account !== undefined);
    return paginate(urls, request, reply, known).map((account) => simpleUser(urls, account));
  });

  app.get<TeamParams>(`${base}/:slug/memberships/:user`, (request) => {
    const role = find(request).members[request.params.user];
    if (!role) throw notFound();
    return { url: urls.api(request.url), role, state: "active" };
  });

  app.put<TeamParams>(`${base}/:slug/memberships/:user`, async (request) => {
    ownedOrganization(request);
    const account = database.account(request.params.user);
    if (account?.type !== "User") throw notFound();
    const schema = z.object({ role: z.enum(["member", "maintainer"]).default("member") });
    const { role } = parseBody(schema, request.body);
    find(request).members[account.login] = role;
    await database.save();
    return { url: urls.api(request.url), role, state: "active" };
  });

  app.delete<TeamParams>(`${base}/:slug/memberships/:user`, async (request, reply) => {
    ownedOrganization(request);
    const team = find(request);
    const left = Object.entries(team.members).filter(([login]) => login !== request.params.user);
    team.members = Object.fromEntries(left);
    await database.save();
    return reply.code(204).send();
  });

  // The Terraform and Pulumi providers use the second path.
  for (const path of [`${base}/:slug/repos/:owner/:repo`, "/organizations/:orgId/team/:teamId/repos/:owner/:repo"]) {
    app.get<TeamParams>(path, (request, reply) => {
      const team = find(request);
      const { record } = readTarget(context, request);
      const right = team.repositories[repositoryKey(record)];
      if (!right) throw notFound();
      // The repository is returned only for this media type; otherwise the response is just 204.
      if (request.headers.accept?.includes("repository+json") !== true) return reply.code(204).send();
      const shape: components["schemas"]["team-repository"] = {
        ...repository(context, record, right),
        id: record.id,
        license: null,
        role_name: right,
      };
      return shape;
    });

    app.put<TeamParams>(path, async (request, reply) => {
      const team = find(request);
      const { record, actor } = readTarget(context, request);
      administers(actor, record);
      const schema = z.object({ permission: z.enum(["pull", "triage", "push", "maintain", "admin"]).default("push") });
      team.repositories[repositoryKey(record)] = PERMISSION_OF[parseBody(schema, request.body).permission];
      await database.save();
      return reply.code(204).send();
    });

    app.delete<TeamParams>(path, async (request, reply) => {
      const team = find(request);
      const { record, actor } = readTarget(context, request);
      administers(actor, record);
      const left = Object.entries(team.repositories).filter(([key]) => key !== repositoryKey(record));
      team.repositories = Object.fromEntries(left);
      await database.save();
      return reply.code(204).send();
    });
  }

  app.get("/repos/:owner/:repo/teams", (request, reply) => {
    const { record } = readTarget(context, request);
    const teams = database.teams.flatMap((team) => {
      const right = team.repositories[repositoryKey(record)];
      return right ? [teamWithPermission(urls, team, right)] : [];
    });
    return paginate(urls, request, reply, teams);
  });

  function visibleOrganization(request: FastifyRequest<TeamParams>, login = request.params.org): string {
    const actor = signedIn(request);
    const { account, scopes } = actor;
    const organization = database.account(login);
    if (scopes && !scopes.permissions.members) throw outOfScope(actor);
    const isBot = account.type === "Bot";
    if (organization?.type !== "Organization" || !(isBot || organization.members[account.login])) throw notFound();
    return organization.login;
  }

  function ownedOrganization(request: FastifyRequest<TeamParams>): string {
    const login = visibleOrganization(request);
    const actor = signedIn(request);
    const isOwner = database.account(login)?.members[actor.account.login] === "admin";
    if (!isOwner || actor.scopes) throw new HttpError(403, "Must be an owner of the organization.");
    return login;
  }

  function find(request: FastifyRequest<TeamParams>): TeamRecord {
    const { org, slug, orgId, teamId } = request.params;
    const named = orgId === undefined ? org : database.accounts.find(({ id }) => String(id) === orgId)?.login;
    const organization = visibleOrganization(request, named ?? "");
    const numbered = database.teams.find((team) => String(team.id) === teamId && team.organization === organization);
    const team = teamId === undefined ? database.team(organization, slug) : numbered;
    if (!team) throw notFound();
    return team;
  }

  function administers(actor: Actor | undefined, record: RepositoryRecord): void {
    if (atLeast(roleOf(database, actor?.account, record), "admin")) return;
    throw new HttpError(403, "Must have admin rights to Repository.");
  }
}
