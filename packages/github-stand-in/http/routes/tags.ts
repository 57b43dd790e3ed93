import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { notFound } from "../../domain/errors";
import { isObjectName } from "../../git/ref-names";
import { listTags } from "../../git/refs";
import { readTag } from "../../git/tags";
import { utc } from "../../shapes/commits";
import { encodePath, nodeId } from "../../shapes/urls";
import { type Context, readTarget } from "../context";
import { paginate } from "../pagination";

type Schemas = components["schemas"];

interface TagParams {
  Params: { owner: string; repo: string; sha: string };
}

/** Tags: the list with the commits that they point at, and annotated tags as objects. */
export function tagRoutes(app: FastifyInstance, context: Context): void {
  const { urls } = context;

  app.get<TagParams>("/repos/:owner/:repo/tags", async (request, reply) => {
    const { git, record } = readTarget(context, request);
    // GitHub lists the names in descending order.
    const tags = (await listTags(git)).reverse();
    return paginate(urls, request, reply, tags).map(({ name, sha }): Schemas["tag"] => ({
      name,
      commit: { sha, url: urls.repo(record, `/commits/${sha}`) },
      zipball_url: urls.repo(record, `/zipball/refs/tags/${encodePath(name)}`),
      tarball_url: urls.repo(record, `/tarball/refs/tags/${encodePath(name)}`),
      node_id: nodeId("Ref", `${record.id}:refs/tags/${name}`),
    }));
  });

  app.get<TagParams>("/repos/:owner/:repo/git/tags/:sha", async (request): Promise<Schemas["git-tag"]> => {
    const { git, record } = readTarget(context, request);
    const { sha } = request.params;
    const tag = isObjectName(sha) ? await readTag(git, sha) : undefined;
    if (!tag) throw notFound();
    return {
      node_id: nodeId("Tag", sha),
      tag: tag.name,
      sha,
      url: urls.repo(record, `/git/tags/${sha}`),
      message: tag.message,
      tagger: { ...tag.tagger, date: utc(tag.tagger.date) },
      object: { ...tag.object, url: urls.repo(record, `/git/${tag.object.type}s/${tag.object.sha}`) },
      verification: {
        verified: false,
        // Signing keys cannot be registered here, so the key of a signature is always unknown.
        reason: tag.signed ? "unknown_key" : "unsigned",
        signature: tag.signed?.signature ?? null,
        payload: tag.signed?.payload ?? null,
        verified_at: null,
      },
    };
  });
}
