import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Actor, outOfScope, repositoryKey, roleOf } from "../../domain/access/roles";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { simpleUser } from "../../shapes/accounts";
import { repository } from "../../shapes/repositories";
import { PERMISSION_OF, teamFull, teamSimple, teamWithPermission } from "../../shapes/teams";
import { atLeast } from "../../store/permissions";
import type { RepositoryRecord, TeamRecord } from "../../store/records";
import { type Context, readTarget, signedIn, withContext } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const teamSchema = z.object({
  name: z.string().min(1),
  description: z.string().nullable().default(null),
  privacy: z.enum(["closed", "secret"]).default("secret"),
});
const membershipSchema = z.object({ role: z.enum(["member", "maintainer"]).default("member") });
const accessSchema = z.object({ permission: z.enum(["pull", "triage", "push", "maintain", "admin"]).default("push") });

interface TeamParams {
  Params: { org: string; slug: string; user: string; owner: string; repo: string; orgId?: string; teamId?: string };
  Querystring: { role?: string };
}

type TeamRequest = FastifyRequest<TeamParams>;

/** Teams of an organisation: their members and permissions. The seed creates teams, and owners can change them. */
export function teamRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  const base = "/orgs/:org/teams";
  app.get<TeamParams>(base, handle(listTeams));
  app.post<TeamParams>(base, handle(createTeam));
  app.get<TeamParams>(`${base}/:slug`, handle(getTeam));
  app.get<TeamParams>(`${base}/:slug/members`, handle(listMembers));
  app.get<TeamParams>(`${base}/:slug/memberships/:user`, handle(getMembership));
  app.put<TeamParams>(`${base}/:slug/memberships/:user`, handle(setMembership));
  app.delete<TeamParams>(`${base}/:slug/memberships/:user`, handle(removeMembership));
  // The Terraform and Pulumi providers use the second path.
  for (const path of [`${base}/:slug/repos/:owner/:repo`, "/organizations/:orgId/team/:teamId/repos/:owner/:repo"]) {
    app.get<TeamParams>(path, handle(getAccess));
    app.put<TeamParams>(path, handle(setAccess));
    app.delete<TeamParams>(path, handle(removeAccess));
  }
  app.get("/repos/:owner/:repo/teams", handle(listTeamsOfRepository));
}

function listTeams(context: Context, request: TeamRequest, reply: FastifyReply) {
  const { database, urls } = context;
  const organization = visibleOrganization(context, request);
  const teams = database.teams.filter((team) => team.organization === organization);
  return paginate(urls, request, reply, teams).map((team) => ({ ...teamSimple(urls, team), parent: null }));
}

async function createTeam(context: Context, request: TeamRequest, reply: FastifyReply) {
  const { database, urls } = context;
  const organization = ownedOrganization(context, request);
  const sent = parseBody(teamSchema, request.body);
  const slug = sent.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  if (database.team(organization, slug)) throw unprocessable("Validation Failed: Name must be unique for this org");
  const team: TeamRecord = { id: database.nextId(), organization, slug, ...sent, members: {}, repositories: {} };
  database.teams.push(team);
  await database.save();
  return reply.code(201).send(teamFull(database, urls, team));
}

function getTeam(context: Context, request: TeamRequest) {
  return teamFull(context.database, context.urls, teamOf(context, request));
}

function listMembers(context: Context, request: TeamRequest, reply: FastifyReply) {
  const { database, urls } = context;
  const { role = "all" } = request.query;
  const accounts = Object.entries(teamOf(context, request).members)
    .filter(([, has]) => role === "all" || role === has)
    .map(([login]) => database.account(login));
  const known = accounts.filter((account) => account !== undefined);
  return paginate(urls, request, reply, known).map((account) => simpleUser(urls, account));
}

function getMembership(context: Context, request: TeamRequest) {
  const role = teamOf(context, request).members[request.params.user];
  if (!role) throw notFound();
  return { url: context.urls.api(request.url), role, state: "active" };
}

async function setMembership(context: Context, request: TeamRequest) {
  const { database, urls } = context;
  ownedOrganization(context, request);
  const account = database.account(request.params.user);
  if (account?.type !== "User") throw notFound();
  const { role } = parseBody(membershipSchema, request.body);
  teamOf(context, request).members[account.login] = role;
  await database.save();
  return { url: urls.api(request.url), role, state: "active" };
}

async function removeMembership(context: Context, request: TeamRequest, reply: FastifyReply) {
  ownedOrganization(context, request);
  const team = teamOf(context, request);
  const left = Object.entries(team.members).filter(([login]) => login !== request.params.user);
  team.members = Object.fromEntries(left);
  await context.database.save();
  return reply.code(204).send();
}

function getAccess(context: Context, request: TeamRequest, reply: FastifyReply) {
  const team = teamOf(context, request);
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
}

async function setAccess(context: Context, request: TeamRequest, reply: FastifyReply) {
  const team = teamOf(context, request);
  const { record, actor } = readTarget(context, request);
  requireAdmin(context, actor, record);
  team.repositories[repositoryKey(record)] = PERMISSION_OF[parseBody(accessSchema, request.body).permission];
  await context.database.save();
  return reply.code(204).send();
}

async function removeAccess(context: Context, request: TeamRequest, reply: FastifyReply) {
  const team = teamOf(context, request);
  const { record, actor } = readTarget(context, request);
  requireAdmin(context, actor, record);
  const left = Object.entries(team.repositories).filter(([key]) => key !== repositoryKey(record));
  team.repositories = Object.fromEntries(left);
  await context.database.save();
  return reply.code(204).send();
}

function listTeamsOfRepository(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const { database, urls } = context;
  const { record } = readTarget(context, request);
  const teams = database.teams.flatMap((team) => {
    const right = team.repositories[repositoryKey(record)];
    return right ? [teamWithPermission(urls, team, right)] : [];
  });
  return paginate(urls, request, reply, teams);
}

/** The login of an organisation whose teams the actor can see. Throws 403 or 404. */
function visibleOrganization({ database }: Context, request: TeamRequest, login = request.params.org): string {
  const actor = signedIn(request);
  const { account, scopes } = actor;
  const organization = database.account(login);
  if (scopes && !scopes.permissions.members) throw outOfScope(actor);
  const isBot = account.type === "Bot";
  if (organization?.type !== "Organization" || !(isBot || organization.members[account.login])) throw notFound();
  return organization.login;
}

/** The login of an organisation that the actor owns. Throws 403 or 404. */
function ownedOrganization(context: Context, request: TeamRequest): string {
  const login = visibleOrganization(context, request);
  const actor = signedIn(request);
  const isOwner = context.database.account(login)?.members[actor.account.login] === "admin";
  if (!isOwner || actor.scopes) throw new HttpError(403, "Must be an owner of the organization.");
  return login;
}

/** The team of a request, by its slug or its id. Throws 404. */
function teamOf(context: Context, request: TeamRequest): TeamRecord {
  const { database } = context;
  const { org, slug, orgId, teamId } = request.params;
  const named = orgId === undefined ? org : database.accounts.find(({ id }) => String(id) === orgId)?.login;
  const organization = visibleOrganization(context, request, named ?? "");
  const numbered = database.teams.find((team) => String(team.id) === teamId && team.organization === organization);
  const team = teamId === undefined ? database.team(organization, slug) : numbered;
  if (!team) throw notFound();
  return team;
}

function requireAdmin({ database }: Context, actor: Actor | undefined, record: RepositoryRecord): void {
  if (atLeast(roleOf(database, actor?.account, record), "admin")) return;
  throw new HttpError(403, "Must have admin rights to Repository.");
}
