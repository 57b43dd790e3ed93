import type { components } from "@octokit/openapi-types";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, unprocessable } from "../../domain/errors";
import { readCommit } from "../../git/commits";
import { isRefName, ZERO } from "../../git/ref-names";
import { listRefs, readRef } from "../../git/refs";
import { commitShape } from "../../shapes/commits";
import { encodePath } from "../../shapes/urls";
import { now } from "../../store/database";
import type { RepositoryRecord } from "../../store/records";
import { type Context, readTarget, writeTarget } from "../context";
import { paginate } from "../pagination";
import { parseBody } from "../request-body";

type Schemas = components["schemas"];

interface BranchParams {
  Params: { owner: string; repo: string; "*": string };
  Querystring: { protected?: string };
}

/** Branches: list, get, rename. */
export function branchRoutes(app: FastifyInstance, context: Context): void {
  const { urls } = context;

  app.get<BranchParams>("/repos/:owner/:repo/branches", async (request, reply) => {
    const { git, record } = readTarget(context, request);
    const { protected: wanted } = request.query;
    const refs = (await listRefs(git, "refs/heads/")).filter(
      ({ name }) => wanted === undefined || String(isProtected(record, name)) === wanted,
    );
    return paginate(urls, request, reply, refs).map((ref): Schemas["short-branch"] => ({
      name: ref.name.replace("refs/heads/", ""),
      commit: { sha: ref.sha, url: urls.repo(record, `/commits/${ref.sha}`) },
      protected: isProtected(record, ref.name),
    }));
  });

  app.get<BranchParams>("/repos/:owner/:repo/branches/*", async (request) => {
    const { git, record } = readTarget(context, request);
    const name = request.params["*"];
    const ref = await readRef(git, `refs/heads/${name}`);
    if (!ref) throw notFound("Branch not found");
    return branchShape(record, name, commitShape(context, record, await readCommit(git, ref.sha)));
  });

  app.post<BranchParams>("/repos/:owner/:repo/branches/*", async (request, reply) => {
    const name = /^(.+)\/rename$/.exec(request.params["*"])?.[1];
    if (name === undefined) throw notFound();
    const isDefault = readTarget(context, request).record.settings.default_branch === name;
    const { git, record, actor } = writeTarget(context, request, isDefault ? "admin" : "write");
    const { new_name: newName } = parseBody(z.object({ new_name: z.string() }), request.body);
    const ref = await readRef(git, `refs/heads/${name}`);
    if (!ref) throw notFound("Branch not found");
    if (!isRefName(newName) || (await readRef(git, `refs/heads/${newName}`))) {
      throw unprocessable(`Branch name ${newName} is not valid or already exists`);
    }
    await context.updates.apply(actor, record, { ref: `refs/heads/${newName}`, before: ZERO, after: ref.sha });
    if (isDefault) {
      await context.repositories.setDefaultBranch(record.id, newName);
      record.settings.default_branch = newName;
      record.updatedAt = now();
      await context.database.save();
    }
    await context.updates.apply(actor, record, { ref: ref.name, before: ref.sha, after: ZERO });
    const commit = commitShape(context, record, await readCommit(git, ref.sha));
    return reply.code(201).send(branchShape(record, newName, commit));
  });

  function isProtected(record: RepositoryRecord, ref: string): boolean {
    return context.protection.rulesets(record, ref).length > 0;
  }

  function branchShape(
    record: RepositoryRecord,
    name: string,
    commit: Schemas["commit"],
  ): Schemas["branch-with-protection"] {
    const self = urls.repo(record, `/branches/${encodePath(name)}`);
    return {
      name,
      commit,
      _links: { self, html: urls.html(record, `/tree/${encodePath(name)}`) },
      protected: isProtected(record, `refs/heads/${name}`),
      // Classic protection, which does not exist here; rulesets are at /rules/branches.
      protection: { enabled: false, required_status_checks: { enforcement_level: "off", contexts: [], checks: [] } },
      protection_url: `${self}/protection`,
    };
  }
}
