import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, unprocessable } from "../../domain/errors";
import { GITHUB, signature } from "../../domain/repository-content";
import { readCommit } from "../../git/commits";
import { findObject, listTree, readObject } from "../../git/objects";
import { isObjectName, isTreePath } from "../../git/ref-names";
import { resolveCommit } from "../../git/refs";
import { type FileEdit, writeCommit, writeTree } from "../../git/write-commit";
import { gitCommit } from "../../shapes/commits";
import { nodeId } from "../../shapes/urls";
import { type Context, readTarget, writeTarget } from "../context";
import { parseBody } from "../request-body";

type Schemas = components["schemas"];

const person = z.object({ name: z.string(), email: z.string(), date: z.iso.datetime({ offset: true }).optional() });
const blobSchema = z.object({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).default("utf-8") });
const commitSchema = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: person.optional(),
  committer: person.optional(),
});
const treeSchema = z.object({
  base_tree: z.string().optional(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.enum(["100644", "100755", "120000"]).default("100644"),
      type: z.literal("blob").default("blob"),
      sha: z.string().nullable().optional(),
      content: z.string().optional(),
    }),
  ),
});

interface ShaParams {
  Params: { owner: string; repo: string; sha: string };
  Querystring: { recursive?: string };
}

/** The Git database's commits, trees and blobs: read and write. */
export function gitObjectRoutes(app: FastifyInstance, context: Context): void {
  const { urls } = context;

  app.get<ShaParams>("/repos/:owner/:repo/git/commits/:sha", async (request) => {
    const { git, record } = readTarget(context, request);
    const { sha } = request.params;
    if (!isObjectName(sha) || (await findObject(git, sha))?.type !== "commit") throw notFound();
    return gitCommit(context, record, await readCommit(git, sha));
  });

  app.get<ShaParams>("/repos/:owner/:repo/git/blobs/:sha", async (request): Promise<Schemas["blob"]> => {
    const { git, record } = readTarget(context, request);
    const { sha } = request.params;
    const blob = isObjectName(sha) ? await readObject(git, sha) : undefined;
    if (blob?.type !== "blob") throw notFound();
    return {
      sha,
      node_id: nodeId("Blob", sha),
      size: blob.content.length,
      url: urls.repo(record, `/git/blobs/${sha}`),
      content: blob.content.toString("base64"),
      encoding: "base64",
    };
  });

  app.get<ShaParams>("/repos/:owner/:repo/git/trees/:sha", async (request) => {
    const target = readTarget(context, request);
    const { sha } = request.params;
    const commit = await resolveCommit(target.git, sha);
    const tree = isObjectName(sha) ? sha : commit;
    if (tree === undefined) throw notFound();
    const found = await findObject(target.git, `${tree}^{tree}`);
    if (!found) throw notFound();
    return treeShape(target, found.sha, request.query.recursive !== undefined);
  });

  app.post("/repos/:owner/:repo/git/blobs", async (request, reply) => {
    const { git, record } = writeTarget(context, request);
    const { content, encoding } = parseBody(blobSchema, request.body);
    const bytes = Buffer.from(content, encoding === "base64" ? "base64" : "utf8");
    const sha = await git.run(["hash-object", "-w", "--stdin"], { input: bytes });
    return reply.code(201).send({ sha, url: urls.repo(record, `/git/blobs/${sha}`) });
  });

  app.post("/repos/:owner/:repo/git/trees", async (request, reply) => {
    const target = writeTarget(context, request);
    const { base_tree: base, tree: entries } = parseBody(treeSchema, request.body);
    const edits = await Promise.all(
      entries.map(async (entry): Promise<FileEdit> => {
        if (!isTreePath(entry.path)) throw unprocessable("tree.path contains a malformed path component");
        if (entry.sha === null) return { path: entry.path };
        if (entry.content !== undefined)
          return { path: entry.path, mode: entry.mode, content: Buffer.from(entry.content) };
        const blob =
          entry.sha !== undefined && isObjectName(entry.sha) ? await findObject(target.git, entry.sha) : undefined;
        if (blob?.type !== "blob") throw unprocessable("tree.sha is not a valid blob");
        return { path: entry.path, mode: entry.mode, sha: blob.sha };
      }),
    );
    const start = base === undefined ? undefined : await findObject(target.git, `${base}^{tree}`);
    if (base !== undefined && (!isObjectName(base) || !start)) throw unprocessable("base_tree is not a valid tree");
    const sha = await writeTree(target.git, start?.sha, edits);
    return reply.code(201).send(await treeShape(target, sha, false));
  });

  app.post("/repos/:owner/:repo/git/commits", async (request, reply) => {
    const { git, record, actor } = writeTarget(context, request);
    const { message, tree, parents, author, committer } = parseBody(commitSchema, request.body);
    for (const [name, type] of [[tree, "tree"], ...parents.map((parent) => [parent, "commit"])] as [string, string][]) {
      const object = isObjectName(name) ? await findObject(git, name) : undefined;
      if (object?.type !== type) throw unprocessable(`${name} is not a valid ${type}`);
    }
    // Only commits of Apps are signed by this request, and only without an author and a committer in it.
    const isSigned = actor.app !== undefined && !author && !committer;
    const text = {
      message,
      author: signature(actor, author),
      committer: signature(actor, isSigned ? GITHUB : (committer ?? author)),
    };
    const sha = await writeCommit(git, tree, parents, text);
    if (isSigned) {
      record.signed.push(sha);
      await context.database.save();
    }
    return reply.code(201).send(gitCommit(context, record, await readCommit(git, sha)));
  });

  async function treeShape(target: ReturnType<typeof readTarget>, sha: string, recursive: boolean) {
    const { git, record } = target;
    const entries = await listTree(git, sha, { recursive });
    const shape: Schemas["git-tree"] = {
      sha,
      url: urls.repo(record, `/git/trees/${sha}`),
      truncated: false,
      tree: entries.map((entry) => ({
        path: entry.path,
        mode: entry.mode,
        type: entry.type,
        sha: entry.sha,
        ...(entry.type === "blob" ? { size: entry.size } : {}),
        url: urls.repo(record, `/git/${entry.type === "tree" ? "trees" : "blobs"}/${entry.sha}`),
      })),
    };
    return shape;
  }
}
