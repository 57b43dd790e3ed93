import type { FastifyInstance } from "fastify";
import { unprocessable } from "../../domain/errors";
import { resolveCommit } from "../../git/refs";
import { paginate } from "../../pagination";
import { associatedPulls } from "../../reviews/associated-pulls";
import { pullSimple } from "../../shapes/pulls";
import { type Context, readTarget } from "../context";

interface CommitParams {
  Params: { owner: string; repo: string; ref: string };
}

/** The pull requests of a commit, or of a branch's newest commit. */
export function commitPullRoutes(app: FastifyInstance, context: Context): void {
  app.get<CommitParams>("/repos/:owner/:repo/commits/:ref/pulls", async (request, reply) => {
    const { git, record } = readTarget(context, request);
    const sha = await resolveCommit(git, request.params.ref);
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${request.params.ref}`);
    await context.pullRequests.settled(record);
    const pulls = await associatedPulls(git, record, sha);
    return paginate(context.urls, request, reply, pulls).map((pull) => pullSimple(context, record, pull));
  });
}
