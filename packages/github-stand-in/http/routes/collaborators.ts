import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { roleOf } from "../../domain/access/roles";
import { notFound, unprocessable } from "../../domain/errors";
import { simpleUser } from "../../shapes/accounts";
import { PERMISSION_OF } from "../../shapes/teams";
import type { Permission } from "../../store/permissions";
import type { AccountRecord, RepositoryRecord } from "../../store/records";
import { adminTarget, type Context, readTarget, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

const putSchema = z.object({ permission: z.enum(["pull", "triage", "push", "maintain", "admin"]).default("push") });

interface CollaboratorParams {
  Params: { owner: string; repo: string; user: string };
}

/**
 * Permissions of people in a repository. An invitation is accepted at once: 204 instead of GitHub's 201 for outside
 * collaborators.
 */
export function collaboratorRoutes(app: FastifyInstance, context: Context): void {
  const { database, urls } = context;
  const base = "/repos/:owner/:repo/collaborators";

  app.get<CollaboratorParams>(base, (request, reply) => {
    const { record } = writeTarget(context, request);
    const people = database.accounts
      .filter((account) => account.type !== "Organization")
      .map((account) => ({ account, permission: permissionWithoutToken(record, account) }))
      .filter(({ permission }) => permission !== "none");
    return paginate(
      urls,
      request,
      reply,
      people.map(({ account, permission }) => ({ ...simpleUser(urls, account), role_name: permission })),
    );
  });

  app.get<CollaboratorParams>(`${base}/:user`, (request, reply) => {
    const { record } = writeTarget(context, request);
    if (permissionWithoutToken(record, find(request.params.user)) === "none") throw notFound();
    return reply.code(204).send();
  });

  app.get<CollaboratorParams>(`${base}/:user/permission`, (request) => {
    const { record } = readTarget(context, request);
    const account = find(request.params.user);
    const role = permissionWithoutToken(record, account);
    // The older field has four values; the other two roles are mapped to the weaker one.
    const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
    return { permission, role_name: role, user: { ...simpleUser(urls, account), role_name: role } };
  });

  app.put<CollaboratorParams>(`${base}/:user`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const account = find(request.params.user);
    if (account.type !== "User") throw unprocessable("Only people can be collaborators");
    record.collaborators[account.login] = PERMISSION_OF[parseBody(putSchema, request.body).permission];
    await database.save();
    return reply.code(204).send();
  });

  app.delete<CollaboratorParams>(`${base}/:user`, async (request, reply) => {
    const { record } = adminTarget(context, request);
    const { login } = find(request.params.user);
    record.collaborators = Object.fromEntries(Object.entries(record.collaborators).filter(([name]) => name !== login));
    await database.save();
    return reply.code(204).send();
  });

  function find(login: string): AccountRecord {
    const account = database.account(login);
    if (!account) throw notFound();
    return account;
  }

  function permissionWithoutToken(record: RepositoryRecord, account: AccountRecord): Permission {
    return roleOf(database, account, record);
  }
}
