import type { components } from "@octokit/openapi-types";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { associatedPulls } from "../../domain/pull-search";
import { readCommit, readCommits } from "../../git/commits";
import { changedFiles, lineCounts } from "../../git/diff";
import { isTreePath } from "../../git/ref-names";
import { resolveCommit } from "../../git/refs";
import { commitShape, commitWithFiles, diffEntries } from "../../shapes/commits";
import { pullSimple } from "../../shapes/pulls";
import { type Context, readTarget, type Target, withContext } from "../context";
import { linkPages, pageOf, paginate } from "../pagination";

type Schemas = components["schemas"];

interface CommitPullsParams {
  Params: { owner: string; repo: string; ref: string };
}

interface CommitParams {
  Params: { owner: string; repo: string; "*": string };
  Querystring: Record<string, string | undefined>;
}

/** Commits: list, get, compare, and the pull requests of a commit. */
export function commitRoutes(app: FastifyInstance, context: Context): void {
  const { urls } = context;

  app.get<CommitPullsParams>("/repos/:owner/:repo/commits/:ref/pulls", withContext(context)(listPulls));

  app.get<CommitParams>("/repos/:owner/:repo/commits", async (request, reply) => {
    const target = readTarget(context, request);
    const { git, record } = target;
    const start = await startOf(target, request.query.sha);
    const filters = logFilters(request.query);
    const total = Number(await git.run(["rev-list", "--count", start, ...filters]));
    linkPages(urls, request, reply, total);
    const page = pageOf(request);
    const range = [`--skip=${(page.number - 1) * page.size}`, `--max-count=${page.size}`];
    const commits = await readCommits(git, [...range, start, ...filters]);
    return commits.map((commit) => commitShape(context, record, commit));
  });

  app.get<CommitParams>("/repos/:owner/:repo/commits/*", async (request, reply) => {
    const { git, record } = readTarget(context, request);
    const sha = await resolveCommit(git, request.params["*"]);
    if (sha === undefined) throw unprocessable(`No commit found for SHA: ${request.params["*"]}`);
    if (request.headers.accept?.includes(".sha") === true) return reply.type("application/vnd.github.sha").send(sha);
    const commit = await readCommit(git, sha);
    return commitWithFiles(context, record, commit, await lineCounts(git, commit.parents[0], sha));
  });

  app.get<CommitParams>("/repos/:owner/:repo/compare/*", async (request, reply) => {
    const { git, record } = readTarget(context, request);
    const [baseName, headName] = request.params["*"].split("...");
    const base = await resolveCommit(git, withoutOwner(baseName));
    const head = await resolveCommit(git, withoutOwner(headName));
    if (base === undefined || head === undefined) throw notFound();
    const mergeBase = await git.query(["merge-base", base, head]);
    if (mergeBase === undefined) throw notFound(`No common ancestor between ${baseName ?? ""} and ${headName ?? ""}.`);
    const counts = await git.run(["rev-list", "--left-right", "--count", `${base}...${head}`]);
    const [behind = 0, ahead = 0] = counts.split("\t").map(Number);
    linkPages(urls, request, reply, ahead);
    const page = request.query.per_page === undefined ? { size: 250, number: 1 } : pageOf(request);
    const [baseCommit, mergeBaseCommit, commits, files, lines] = await Promise.all([
      readCommit(git, base),
      readCommit(git, mergeBase),
      // --skip and --max-count would count from the newest commit, so read the whole range to page from the oldest.
      readCommits(git, ["--reverse", head, "--not", base]),
      changedFiles(git, mergeBase, head),
      lineCounts(git, mergeBase, head),
    ]);
    const html = urls.html(record, `/compare/${base}...${head}`);
    const shape: Schemas["commit-comparison"] = {
      url: urls.repo(record, `/compare/${base}...${head}`),
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitShape(context, record, baseCommit),
      merge_base_commit: commitShape(context, record, mergeBaseCommit),
      status: ahead === 0 && behind === 0 ? "identical" : ahead === 0 ? "behind" : behind === 0 ? "ahead" : "diverged",
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits
        .slice((page.number - 1) * page.size, page.number * page.size)
        .map((commit) => commitShape(context, record, commit)),
      files: diffEntries(context, record, head, files, lines),
    };
    return shape;
  });
}

/** The pull requests of a commit, or of a branch's newest commit. */
async function listPulls(context: Context, request: FastifyRequest<CommitPullsParams>, reply: FastifyReply) {
  const { git, record } = readTarget(context, request);
  const sha = await resolveCommit(git, request.params.ref);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${request.params.ref}`);
  await context.pullRequests.settled(record);
  const pulls = await associatedPulls(git, record, sha);
  return paginate(context.urls, request, reply, pulls).map((pull) => pullSimple(context, record, pull));
}

async function startOf({ git, record }: Target, revision: string | undefined): Promise<string> {
  const sha = await resolveCommit(git, revision ?? record.settings.default_branch);
  if (sha !== undefined) return sha;
  throw revision === undefined ? new HttpError(409, "Git Repository is empty.") : notFound();
}

function logFilters(query: Record<string, string | undefined>): string[] {
  const { path, author, since, until } = query;
  if (path !== undefined && !isTreePath(path.replace(/\/$/, ""))) throw unprocessable("path is malformed");
  return [
    ...(author === undefined ? [] : ["--fixed-strings", `--author=${author}`]),
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(until === undefined ? [] : [`--until=${until}`]),
    ...(path === undefined ? [] : ["--", `:(literal)${path}`]),
  ];
}

/** `owner:branch` refers to a fork's branch. There are no forks here, so the owner is ignored. */
function withoutOwner(name = ""): string {
  return name.slice(name.indexOf(":") + 1);
}
