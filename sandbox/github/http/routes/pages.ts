import type { FastifyInstance } from "fastify";
import { HttpError } from "../../domain/errors";
import { type Context, readTarget } from "../context";

/** The page at a repository's html_url: its name and the command to clone it. */
export function pageRoutes(app: FastifyInstance, context: Context): void {
  app.get<{ Params: { owner: string; repo: string } }>("/:owner/:repo", (request, reply) => {
    const { record } = readTarget(context, request);
    // Names contain only letters, digits, '.', '-' and '_', so nothing needs escaping.
    const name = `${record.owner}/${record.name}`;
    return reply
      .type("text/html; charset=utf-8")
      .send(
        `<!doctype html><title>${name}</title><h1>${name}</h1><pre>git clone ${context.urls.html(record)}.git</pre>\n`,
      );
  });

  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof HttpError ? error.status : 500;
    return reply
      .code(status)
      .type("text/plain; charset=utf-8")
      .send(status === 500 ? "Internal Server Error\n" : "Not Found\n");
  });
}
