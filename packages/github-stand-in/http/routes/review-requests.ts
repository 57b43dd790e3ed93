import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { denied, roleOf } from "../../domain/access/roles";
import { unprocessable } from "../../domain/errors";
import { author, pullSimple, requestedTeams } from "../../shapes/pulls";
import { sameName } from "../../store/database";
import { atLeast } from "../../store/permissions";
import { type Context, signedIn } from "../context";
import { parseBody } from "../request-body";
import { type PullParams, pullTarget } from "./pulls";

const schema = z.object({
  reviewers: z.array(z.string()).default([]),
  team_reviewers: z.array(z.string()).default([]),
});

/** The requested reviewers of a pull request. */
export function reviewRequestRoutes(app: FastifyInstance, context: Context): void {
  const { database, pullRequests } = context;
  const path = "/repos/:owner/:repo/pulls/:number/requested_reviewers";

  app.get<PullParams>(path, (request) => {
    const { record, pull } = pullTarget(context, request);
    return {
      users: pull.requested.users.map((login) => author(context, login)),
      teams: requestedTeams(context, record, pull),
    };
  });

  app.post<PullParams>(path, async (request, reply) => {
    const { record, pull, users, teams } = wanted(request);
    if (users.some((login) => sameName(login, pull.author))) {
      throw unprocessable("Review cannot be requested from pull request author.");
    }
    const canRead = (login: string) => atLeast(roleOf(database, database.account(login), record), "read");
    if (!users.every(canRead) || !teams.every((slug) => database.team(record.owner, slug))) {
      const name = `${record.owner}/${record.name}`;
      throw unprocessable(
        "Reviews may only be requested from collaborators. " +
          `One or more of the users or teams you specified is not a collaborator of the ${name} repository.`,
      );
    }
    const { requested } = pull;
    requested.users = [...new Set([...requested.users, ...users])];
    requested.teams = [...new Set([...requested.teams, ...teams])];
    await database.save();
    pullRequests.changed(signedIn(request), record, pull, "review_requested");
    return reply.code(201).send(pullSimple(context, record, pull));
  });

  app.delete<PullParams>(path, async (request) => {
    const { record, pull, users, teams } = wanted(request);
    const { requested } = pull;
    requested.users = requested.users.filter((login) => !users.some((other) => sameName(other, login)));
    requested.teams = requested.teams.filter((slug) => !teams.some((other) => sameName(other, slug)));
    await database.save();
    pullRequests.changed(signedIn(request), record, pull, "review_request_removed");
    return pullSimple(context, record, pull);
  });

  function wanted(request: FastifyRequest<PullParams>) {
    const { record, pull, permission, actor } = pullTarget(context, request);
    if (!atLeast(permission, "triage")) throw denied(actor, permission, "triage");
    const { reviewers, team_reviewers: teams } = parseBody(schema, request.body);
    return { record, pull, users: reviewers, teams };
  }
}
