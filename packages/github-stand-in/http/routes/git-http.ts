import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { denied, permissionOf } from "../../domain/access/roles";
import { HttpError, notFound } from "../../domain/errors";
import { serveGit, type Service } from "../../git/smart-http";
import { atLeast } from "../../store/permissions";
import { type Context, readTarget } from "../context";

const SERVICES: readonly Service[] = ["git-upload-pack", "git-receive-pack"];

interface GitParams {
  Params: { owner: string; repo: string };
  Querystring: { service?: string };
}

/** Git over HTTP at /<owner>/<repo>.git; the `.git` is optional. `hooks` is the folder of the push hooks. */
export function gitHttpRoutes(app: FastifyInstance, context: Context, hooks: string): void {
  // Request bodies are streamed to git, so Fastify must neither read nor limit them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => {
    done(null);
  });

  app.get<GitParams>("/:owner/:repo/info/refs", (request, reply) => {
    const service = SERVICES.find((each) => each === request.query.service);
    // Without a service it is the old "dumb" protocol, which GitHub no longer supports.
    if (service === undefined) throw new HttpError(403, "Please upgrade your git client.");
    serve(request, reply, service, true);
  });
  for (const service of SERVICES) {
    app.post<GitParams>(`/:owner/:repo/${service}`, (request, reply) => {
      serve(request, reply, service, false);
    });
  }

  function serve(
    request: FastifyRequest<GitParams>,
    reply: FastifyReply,
    service: Service,
    isAdvertisement: boolean,
  ): void {
    const { owner, repo } = request.params;
    const record = context.database.repository(owner, repo.replace(/\.git$/, ""));
    const { actor } = request;
    const has = record ? permissionOf(context.database, actor, record) : "none";
    if (!actor && (!atLeast(has, "read") || service === "git-receive-pack")) {
      void reply.header("WWW-Authenticate", 'Basic realm="GitHub"');
      throw new HttpError(401, "Authentication is required.");
    }
    if (!record || !atLeast(has, "read")) throw notFound("Repository not found.");
    const isPush = service === "git-receive-pack";
    if (isPush && !atLeast(has, "write")) {
      const { status } = denied(actor, has, "write");
      const name = `${record.owner}/${record.name}.git`;
      throw new HttpError(status, `Permission to ${name} denied to ${actor?.account.login ?? ""}.`);
    }
    reply.hijack();
    serveGit(
      request.raw,
      reply.raw,
      { repository: context.repositories.open(record.id).dir, service, isAdvertisement, hooks },
      actor
        ? context.updates.pushHandler(actor, record)
        : { authorize: () => Promise.resolve("unknown user"), accepted: () => undefined },
    );
  }

  // git prints the body of an error as `remote: …`, so it must be plain text.
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof HttpError)) process.stderr.write(`git: ${String(error)}\n`);
    const known = error instanceof HttpError ? error : new HttpError(500, "Internal Server Error");
    return reply.code(known.status).type("text/plain; charset=utf-8").send(`${known.message}\n`);
  });
}

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
