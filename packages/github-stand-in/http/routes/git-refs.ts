import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, unprocessable } from "../../domain/errors";
import { findObject } from "../../git/objects";
import { isObjectName, isRefName, ZERO } from "../../git/ref-names";
import { isAncestor, listRefs, readRef, type Ref } from "../../git/refs";
import { encodePath, nodeId, type Urls } from "../../shapes/urls";
import type { RepositoryRecord } from "../../store/records";
import { type Context, readTarget, writeTarget } from "../context";
import { parseBody } from "../request-body";

const createSchema = z.object({ ref: z.string(), sha: z.string() });
const updateSchema = z.object({ sha: z.string(), force: z.boolean().optional() });

interface RefParams {
  Params: { owner: string; repo: string; "*": string };
}

/** The Git database's refs: get, list by prefix, create, update, delete. */
export function gitRefRoutes(app: FastifyInstance, context: Context): void {
  const { urls } = context;

  app.get<RefParams>("/repos/:owner/:repo/git/ref/*", async (request) => {
    const { git, record } = readTarget(context, request);
    const ref = await readRef(git, fullName(request.params["*"]));
    if (!ref) throw notFound();
    return refShape(urls, record, ref);
  });

  app.get<RefParams>("/repos/:owner/:repo/git/matching-refs/*", async (request) => {
    const { git, record } = readTarget(context, request);
    const prefix = fullName(request.params["*"]);
    return (await listRefs(git, prefix)).map((ref) => refShape(urls, record, ref));
  });

  app.post("/repos/:owner/:repo/git/refs", async (request, reply) => {
    const { git, record, actor } = writeTarget(context, request);
    const { ref: name, sha } = parseBody(createSchema, request.body);
    if (!/^refs\/[^/]+\/./.test(name) || !isRefName(name) || name.startsWith("refs/pull/")) {
      throw unprocessable(`${name} is not a valid ref name.`);
    }
    const type = await objectType(git, sha, name);
    if (await readRef(git, name)) throw unprocessable("Reference already exists");
    await context.updates.apply(actor, record, { ref: name, before: ZERO, after: sha });
    return reply.code(201).send(refShape(urls, record, { name, sha, type }));
  });

  app.patch<RefParams>("/repos/:owner/:repo/git/refs/*", async (request) => {
    const { git, record, actor } = writeTarget(context, request);
    const { sha, force } = parseBody(updateSchema, request.body);
    const name = fullName(request.params["*"]);
    const current = await readRef(git, name);
    if (!current || name.startsWith("refs/pull/")) throw unprocessable("Reference does not exist");
    const type = await objectType(git, sha, name);
    if (force !== true && !(await isAncestor(git, current.sha, sha)))
      throw unprocessable("Update is not a fast forward");
    if (current.sha !== sha) await context.updates.apply(actor, record, { ref: name, before: current.sha, after: sha });
    return refShape(urls, record, { name, sha, type });
  });

  app.delete<RefParams>("/repos/:owner/:repo/git/refs/*", async (request, reply) => {
    const { git, record, actor } = writeTarget(context, request);
    const name = fullName(request.params["*"]);
    const current = await readRef(git, name);
    if (!current || name.startsWith("refs/pull/")) throw unprocessable("Reference does not exist");
    await context.updates.apply(actor, record, { ref: name, before: current.sha, after: ZERO });
    return reply.code(204).send();
  });
}

/** The documented form is `heads/main`; GitHub also accepts `refs/heads/main`. */
function fullName(ref: string): string {
  return ref.startsWith("refs/") ? ref : `refs/${ref}`;
}

async function objectType(git: Parameters<typeof findObject>[0], sha: string, ref: string): Promise<string> {
  const object = isObjectName(sha) ? await findObject(git, sha) : undefined;
  if (!object) throw unprocessable("Object does not exist");
  if (ref.startsWith("refs/heads/") && object.type !== "commit") throw unprocessable("Reference update failed");
  return object.type;
}

function refShape(urls: Urls, record: RepositoryRecord, ref: Ref): components["schemas"]["git-ref"] {
  return {
    ref: ref.name,
    node_id: nodeId("Ref", `${record.id}:${ref.name}`),
    url: urls.repo(record, `/git/${encodePath(ref.name)}`),
    object: { type: ref.type, sha: ref.sha, url: urls.repo(record, `/git/${ref.type}s/${ref.sha}`) },
  };
}
