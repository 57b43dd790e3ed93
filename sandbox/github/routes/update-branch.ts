import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Context, writeTarget } from "../context";
import { parseBody, unprocessable } from "../errors";
import { mergeCommit } from "../git/merge";
import { isAncestor, readRef } from "../git/refs";
import { signature } from "../repository-content";
import { type PullParams, pullTarget } from "./pulls";

/** Merges the base into a pull request's branch. Unlike on GitHub, it is complete when the response arrives. */
export function updateBranchRoutes(app: FastifyInstance, context: Context): void {
  app.put<PullParams>("/repos/:owner/:repo/pulls/:number/update-branch", async (request, reply) => {
    const { git, record, actor } = writeTarget(context, request);
    const { pull } = pullTarget(context, request);
    const { expected_head_sha: expected } = parseBody(
      z.object({ expected_head_sha: z.string().optional() }),
      request.body,
    );
    const ref = `refs/heads/${pull.head.ref}`;
    const base = (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha;
    const head = (await readRef(git, ref))?.sha;
    if (pull.state !== "open" || base === undefined || head === undefined) {
      throw unprocessable("Pull request is not open");
    }
    if (expected !== undefined && expected !== head) {
      throw unprocessable("expected head sha didn’t match current head ref.");
    }
    if (await isAncestor(git, base, head)) throw unprocessable("There are no new commits on the base branch.");
    const person = signature(actor, undefined);
    const message = `Merge branch '${pull.base.ref}' into ${pull.head.ref}`;
    const merged = await mergeCommit(git, head, base, { message, author: person, committer: person });
    if (merged === undefined) throw unprocessable("merge conflict between base and head");
    record.signed.push(merged);
    await context.updates.apply(actor, record, { ref, before: head, after: merged });
    await context.pullRequests.settled(record);
    const url = context.urls.repo(record, `/pulls/${pull.number}`);
    return reply.code(202).send({ message: "Updating pull request branch.", url });
  });
}
