import type { FastifyInstance } from "fastify";
import { errorShape, loadCodeowners, parseCodeowners, unknownOwners } from "../../domain/code-owners";
import { notFound } from "../../domain/errors";
import { resolveCommit } from "../../git/refs";
import { type Context, readTarget } from "../context";

interface ErrorParams {
  Params: { owner: string; repo: string };
  Querystring: { ref?: string };
}

/** The errors in the CODEOWNERS file of a branch, tag or commit (default: the default branch). */
export function codeownersRoutes(app: FastifyInstance, context: Context): void {
  app.get<ErrorParams>("/repos/:owner/:repo/codeowners/errors", async (request) => {
    const { record, git } = readTarget(context, request);
    const commit = await resolveCommit(git, request.query.ref ?? record.settings.default_branch);
    const file = commit === undefined ? undefined : await loadCodeowners(git, commit);
    if (!file) throw notFound();
    const { rules, errors } = parseCodeowners(file.text);
    const all = [...errors, ...unknownOwners(context.database, record, rules)];
    all.sort((a, b) => a.line - b.line || a.column - b.column);
    return { errors: all.map((error) => errorShape(error, file.path)) };
  });
}
