import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpError, notFound, unprocessable } from "../../domain/errors";
import { signature } from "../../domain/repository-content";
import { readCommit } from "../../git/commits";
import type { Git } from "../../git/git";
import { findObject, listTree, readObject, type TreeEntry } from "../../git/objects";
import { isRefName, isTreePath, ZERO } from "../../git/ref-names";
import { readRef, resolveCommit } from "../../git/refs";
import { type FileEdit, writeCommit, writeTree } from "../../git/write-commit";
import { gitCommit } from "../../shapes/commits";
import { contentEntry, contentFile } from "../../shapes/contents";
import { type Context, readTarget, type Target, writeTarget } from "../context";
import { parseBody } from "../request-body";

const person = z.object({ name: z.string(), email: z.string(), date: z.iso.datetime({ offset: true }).optional() });
const writeSchema = z.object({
  message: z.string(),
  content: z.string(),
  sha: z.string().optional(),
  branch: z.string().optional(),
  author: person.optional(),
  committer: person.optional(),
});
const deleteSchema = writeSchema.omit({ content: true }).extend({ sha: z.string() });
type Change = Omit<z.infer<typeof writeSchema>, "content">;

interface PathParams {
  Params: { owner: string; repo: string; "*": string };
  Querystring: Record<string, string | undefined>;
}

/** Files and folders: read them, and write them as commits on a branch. */
export function contentRoutes(app: FastifyInstance, context: Context): void {
  const { urls } = context;

  app.get<PathParams>("/repos/:owner/:repo/contents", (request) =>
    get(readTarget(context, request), "", request.query.ref),
  );

  app.get<PathParams>("/repos/:owner/:repo/contents/*", async (request, reply) => {
    const target = readTarget(context, request);
    const path = request.params["*"].replace(/\/$/, "");
    if (request.headers.accept?.includes("raw") === true) {
      const file = await readObject(target.git, `${await commitOf(target, request.query.ref)}:${path}`);
      if (file?.type !== "blob") throw notFound();
      return reply.type("application/vnd.github.raw; charset=utf-8").send(file.content);
    }
    return get(target, path, request.query.ref);
  });

  async function get(target: Target, path: string, revision: string | undefined) {
    const { git, record } = target;
    if (path !== "" && !isTreePath(path)) throw notFound();
    const commit = await commitOf(target, revision);
    const ref = revision ?? record.settings.default_branch;
    const object = await readObject(git, `${commit}:${path}`);
    if (!object) throw notFound();
    if (object.type === "blob") {
      const entry: TreeEntry = { mode: "100644", type: "blob", sha: object.sha, size: object.content.length, path };
      return contentFile(contentEntry(urls, record, ref, entry), object.content);
    }
    const entries = await listTree(git, object.sha);
    const prefix = path === "" ? "" : `${path}/`;
    return entries.map((entry) => contentEntry(urls, record, ref, { ...entry, path: `${prefix}${entry.path}` }));
  }

  app.put<PathParams>("/repos/:owner/:repo/contents/*", async (request, reply) => {
    const target = writeTarget(context, request);
    const { content, ...change } = parseBody(writeSchema, request.body);
    const bytes = decodeBase64(content);
    const path = request.params["*"];
    const written = await commitChange(target, path, change, { path, content: bytes });
    const sha = (await findObject(target.git, `${written.commit}:${path}`))?.sha ?? "";
    const entry: TreeEntry = { mode: "100644", type: "blob", sha, size: bytes.length, path };
    return reply.code(written.existed ? 200 : 201).send({
      content: contentEntry(urls, target.record, written.branch, entry),
      commit: gitCommit(context, target.record, await readCommit(target.git, written.commit)),
    });
  });

  app.delete<PathParams>("/repos/:owner/:repo/contents/*", async (request) => {
    const target = writeTarget(context, request);
    // Clients send these in the body or, because some proxies drop the body of a DELETE, in the query.
    const change = parseBody(deleteSchema, { ...request.query, ...(request.body as object | undefined) });
    const path = request.params["*"];
    const written = await commitChange(target, path, change, { path });
    return { content: null, commit: gitCommit(context, target.record, await readCommit(target.git, written.commit)) };
  });

  async function commitChange(target: ReturnType<typeof writeTarget>, path: string, change: Change, edit: FileEdit) {
    const { git, record, actor } = target;
    if (!isTreePath(path)) throw unprocessable("path contains a malformed path component");
    const branch = (change.branch ?? record.settings.default_branch).replace(/^refs\/heads\//, "");
    const ref = `refs/heads/${branch}`;
    const head = (await readRef(git, ref))?.sha;
    if (head === undefined && (!isRefName(branch) || (await hasCommits(target))))
      throw notFound(`Branch ${branch} not found`);
    const existing = head === undefined ? undefined : await findObject(git, `${head}:${path}`);
    if (existing?.type === "tree" || (head !== undefined && (await isBelowFile(git, head, path)))) {
      throw unprocessable(`path ${path} does not fit into the tree`);
    }
    checkSha(path, existing?.sha, change.sha, edit.content === undefined);
    const tree = await writeTree(git, head, [edit]);
    const text = {
      message: change.message,
      author: signature(actor, change.author ?? change.committer),
      committer: signature(actor, change.committer ?? change.author),
    };
    const commit = await writeCommit(git, tree, head === undefined ? [] : [head], text);
    if (!change.author && !change.committer) record.signed.push(commit);
    await context.updates.apply(actor, record, { ref, before: head ?? ZERO, after: commit }, { refusedAs: 409 });
    return { commit, branch, existed: existing !== undefined };
  }
}

/** The commit of a `ref` parameter, or of the default branch. Throws 404. */
async function commitOf({ git, record }: Target, revision: string | undefined): Promise<string> {
  const commit = await resolveCommit(git, revision ?? record.settings.default_branch);
  if (commit !== undefined) return commit;
  throw notFound(revision === undefined ? "This repository is empty." : `No commit found for the ref ${revision}`);
}

async function hasCommits({ git }: Target): Promise<boolean> {
  return (await git.run(["for-each-ref", "--count=1", "refs/heads/"])) !== "";
}

/** Check this here, because git's index would silently replace the file with a folder. */
async function isBelowFile(git: Git, commit: string, path: string): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  const folders = parts.map((_, at) => findObject(git, `${commit}:${parts.slice(0, at + 1).join("/")}`));
  return (await Promise.all(folders)).some((object) => object !== undefined && object.type !== "tree");
}

function checkSha(path: string, existing: string | undefined, sent: string | undefined, isDelete: boolean): void {
  if (existing === undefined && isDelete) throw notFound();
  if (existing !== undefined && sent === undefined) throw unprocessable(`Invalid request.\n\n"sha" wasn't supplied.`);
  if (sent !== undefined && sent !== existing) throw new HttpError(409, `${path} does not match ${sent}`);
}

function decodeBase64(text: string): Buffer {
  const compact = text.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw unprocessable("content is not valid Base64");
  return Buffer.from(compact, "base64");
}
