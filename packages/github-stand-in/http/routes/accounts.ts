import type { FastifyInstance, FastifyRequest } from "fastify";
import { permissionOf } from "../../domain/access/roles";
import { notFound } from "../../domain/errors";
import { organizationFull, organizationPlan, organizationSimple, publicUser, simpleUser } from "../../shapes/accounts";
import { repository } from "../../shapes/repositories";
import { sameName } from "../../store/database";
import type { AccountRecord } from "../../store/records";
import { type Context, signedIn } from "../context";
import { paginate } from "../pagination";

/** Routes of the server itself, people and organisations. */
export function accountRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const publicRepositories = (login: string) =>
    database.repositories.filter((record) => sameName(record.owner, login) && record.settings.visibility === "public")
      .length;

  app.get("/meta", () => ({
    verifiable_password_authentication: false,
    installed_version: "3.19.0",
    hooks: ["127.0.0.1/32"],
    web: ["127.0.0.1/32"],
    api: ["127.0.0.1/32"],
    git: ["127.0.0.1/32"],
  }));

  app.get("/user", (request) => {
    const { account } = signedIn(request);
    return {
      ...publicUser(urls, account, publicRepositories(account.login)),
      private_gists: 0,
      total_private_repos: 0,
      owned_private_repos: 0,
      disk_usage: 0,
      collaborators: 0,
      two_factor_authentication: true,
    };
  });

  app.get("/user/orgs", (request, reply) => {
    const { login } = signedIn(request).account;
    const mine = database.accounts.filter((account) => account.members[login] !== undefined);
    return paginate(
      urls,
      request,
      reply,
      mine.map((account) => organizationSimple(urls, account)),
    );
  });

  app.get<{ Params: { org: string } }>("/user/memberships/orgs/:org", (request) => {
    const { account } = signedIn(request);
    const organization = database.account(request.params.org);
    const role = organization?.members[account.login];
    if (organization?.type !== "Organization" || role === undefined) throw notFound();
    const { login } = organization;
    return {
      url: urls.api(`/orgs/${login}/memberships/${account.login}`),
      state: "active",
      role,
      organization_url: urls.api(`/orgs/${login}`),
      organization: organizationSimple(urls, organization),
      user: simpleUser(urls, account),
    };
  });

  app.get<{ Params: { user: string } }>("/users/:user", (request) => {
    const account = database.account(request.params.user);
    if (!account) throw notFound();
    return publicUser(urls, account, publicRepositories(account.login));
  });

  app.get<{ Params: { org: string } }>("/orgs/:org", (request) => {
    const account = database.account(request.params.org);
    if (account?.type !== "Organization") throw notFound();
    const shape = organizationFull(urls, account, publicRepositories(account.login));
    return seesPlan(request, account) ? { ...shape, ...organizationPlan(database, account) } : shape;
  });

  const visible = (request: Parameters<typeof signedIn>[0], owner?: string) =>
    database.repositories
      .map((record) => ({ record, permission: permissionOf(database, request.actor, record) }))
      .filter(
        ({ record, permission }) => permission !== "none" && (owner === undefined || sameName(record.owner, owner)),
      )
      .map(({ record, permission }) => repository(context, record, permission));

  app.get<{ Params: { owner: string } }>("/orgs/:owner/repos", (request, reply) => {
    if (database.account(request.params.owner)?.type !== "Organization") throw notFound();
    return paginate(urls, request, reply, visible(request, request.params.owner));
  });

  app.get<{ Params: { owner: string } }>("/users/:owner/repos", (request, reply) => {
    if (!database.account(request.params.owner)) throw notFound();
    return paginate(urls, request, reply, visible(request, request.params.owner));
  });

  app.get("/user/repos", (request, reply) => {
    signedIn(request);
    return paginate(urls, request, reply, visible(request));
  });
}

/** GitHub shows an organisation's plan to its owners, and to limited tokens with the permission for it. */
function seesPlan({ actor }: FastifyRequest, organization: AccountRecord): boolean {
  if (actor?.scopes) return actor.scopes.permissions.organization_plan !== undefined;
  return actor !== undefined && organization.members[actor.account.login] === "admin";
}
