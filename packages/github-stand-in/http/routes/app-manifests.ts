import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { manifestSchema } from "../../domain/app-manifests";
import { HttpError, notFound, requiresAuthentication } from "../../domain/errors";
import { integration } from "../../shapes/apps";
import { sameName } from "../../store/database";
import type { AccountRecord, AppRecord } from "../../store/records";
import { type Context, withContext } from "../context";

interface PageParams {
  Params: { org: string; slug: string };
  Querystring: { state?: string };
}

type PageRequest = FastifyRequest<PageParams>;

/** The code's part of the flow, which is the API's and needs no token: the code itself is the credential. */
export function appConversionRoutes(app: FastifyInstance, context: Context): void {
  app.post<{ Params: { code: string } }>("/app-manifests/:code/conversions", (request, reply) => {
    const { app: record, clientId, clientSecret, pem } = context.manifests.convert(request.params.code);
    return reply.code(201).send({
      ...integration(context, record),
      client_id: clientId,
      client_secret: clientSecret,
      // An App without a webhook has none.
      webhook_secret: null,
      pem,
    });
  });
}

/**
 * The web pages with which an owner of an organisation creates an App from a manifest and installs it. A browser shows
 * a log-in for them: the password is a token of the account.
 */
export function appPageRoutes(app: FastifyInstance, context: Context): void {
  const handle = withContext(context);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, new URLSearchParams(body as string));
  });
  const create = "/organizations/:org/settings/apps/new";
  app.get<PageParams>(create, handle(explain));
  app.post<PageParams>(create, handle(confirmApp));
  app.post<PageParams>("/organizations/:org/settings/apps", handle(createApp));
  app.get<PageParams>("/apps/:slug/installations/new", handle(chooseRepositories));
  app.post<PageParams>("/apps/:slug/installations", handle(install));

  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = error instanceof HttpError ? error : new HttpError(500, "Internal Server Error");
    if (status === 401) void reply.header("WWW-Authenticate", 'Basic realm="GitHub"');
    return page(reply.code(status), message, "");
  });
}

function explain(context: Context, request: PageRequest, reply: FastifyReply) {
  ownedBy(context, request);
  return page(
    reply,
    "Register new GitHub App",
    "<p>Send a form with the field <code>manifest</code> to this page.</p>",
  );
}

/** Shows what a manifest asks for, with one button. Nothing is created yet. */
function confirmApp(context: Context, request: PageRequest, reply: FastifyReply) {
  const organization = ownedBy(context, request);
  const { manifest, state } = formOf(request, { manifest: z.string() }, request.query.state);
  return confirmation(reply, organization, { manifest, state });
}

async function createApp(context: Context, request: PageRequest, reply: FastifyReply) {
  const organization = ownedBy(context, request);
  const { manifest, state, name } = formOf(request, { manifest: z.string(), name: z.string() });
  const parsed = manifestSchema.safeParse({ ...(JSON.parse(manifest) as object), name });
  if (!parsed.success) throw invalidManifest(parsed.error);
  const code = await context.manifests.create(organization.login, parsed.data);
  if (code === undefined) {
    const problem = "Name is already taken";
    return confirmation(reply.code(422), organization, { manifest, state, problem });
  }
  const target = new URL(parsed.data.redirect_url);
  target.searchParams.set("code", code);
  if (state !== "") target.searchParams.set("state", state);
  return reply.redirect(target.href, 302);
}

function chooseRepositories(context: Context, request: PageRequest, reply: FastifyReply) {
  const { app, owner } = appToInstall(context, request);
  const options = context.database.repositories
    .filter((record) => sameName(record.owner, owner.login))
    .map(({ id, name }) => `<option value="${id}">${escape(name)}</option>`);
  return page(
    reply,
    `Install ${app.name} on ${owner.login}`,
    `<form method="post" action="/apps/${app.slug}/installations"><label><input type="radio" ` +
      'name="repository_selection" value="all"> All repositories</label><label><input type="radio" ' +
      'name="repository_selection" value="selected" checked> Only select repositories</label><select ' +
      `name="repository_id">${options.join("")}</select><button>Install</button></form>`,
  );
}

async function install(context: Context, request: PageRequest, reply: FastifyReply) {
  const { app, owner } = appToInstall(context, request);
  const { repository_selection: selection, repository_id: id } = formOf(request, {
    repository_selection: z.enum(["all", "selected"]),
    repository_id: z.string().optional(),
  });
  const repository = context.database.repositories.find(
    (record) => String(record.id) === id && sameName(record.owner, owner.login),
  );
  if (selection === "selected" && !repository) throw new HttpError(422, "Select at least one repository.");
  await context.manifests.install(app, owner.login, selection === "all" ? undefined : repository);
  return page(reply, `${app.name} is installed`, "");
}

function confirmation(
  reply: FastifyReply,
  { login }: AccountRecord,
  { manifest, state, problem }: { manifest: string; state: string; problem?: string },
) {
  const parsed = manifestSchema.safeParse(parseJson(manifest));
  if (!parsed.success) throw invalidManifest(parsed.error);
  const { name, default_permissions: permissions } = parsed.data;
  const rows = Object.entries(permissions).map(([scope, level]) => `<li>${scope}: ${level}</li>`);
  return page(
    reply,
    `Create GitHub App for ${login}`,
    (problem === undefined ? "" : `<p role="alert">${problem}</p>`) +
      `<ul>${rows.join("")}</ul><form method="post" action="/organizations/${login}/settings/apps">` +
      `<input type="hidden" name="manifest" value="${escape(manifest)}">` +
      `<input type="hidden" name="state" value="${escape(state)}">` +
      `<input name="name" value="${escape(name)}"><button>Create GitHub App for ${login}</button></form>`,
  );
}

function invalidManifest(error: z.ZodError): HttpError {
  const reasons = error.issues.map(({ path, message }) => `"${path.join(".")}": ${message}`);
  return new HttpError(422, `Invalid GitHub App configuration. ${reasons.join(" ")}`);
}

/** The organisation of a request's path, if its actor is one of the owners. GitHub hides the pages from all others. */
function ownedBy({ database }: Context, { actor, params }: PageRequest): AccountRecord {
  if (!actor) throw requiresAuthentication();
  const organization = database.account(params.org);
  const isOwner = organization?.type === "Organization" && organization.members[actor.account.login] === "admin";
  if (!isOwner || actor.scopes) throw notFound();
  return organization;
}

/** The App of a request's path, and its owner, where it is installed. */
function appToInstall(context: Context, request: PageRequest): { app: AppRecord; owner: AccountRecord } {
  if (!request.actor) throw requiresAuthentication();
  const app = context.database.app(request.params.slug);
  if (!app?.owner) throw notFound();
  request.params.org = app.owner;
  return { app, owner: ownedBy(context, request) };
}

function formOf<Shape extends z.ZodRawShape>({ body }: PageRequest, shape: Shape, state?: string) {
  const fields = Object.fromEntries(body instanceof URLSearchParams ? body : []);
  const schema = z.object({ ...shape, state: z.string().default(state ?? "") });
  const parsed = schema.safeParse(fields);
  if (!parsed.success) throw new HttpError(422, `Invalid form: ${parsed.error.issues[0]?.path.join(".") ?? ""}`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(422, "Invalid GitHub App configuration. The manifest is not JSON.");
  }
}

function page(reply: FastifyReply, title: string, body: string) {
  const head = `<!doctype html><title>${escape(title)}</title><h1>${escape(title)}</h1>`;
  return reply.type("text/html; charset=utf-8").send(`${head}${body}\n`);
}

function escape(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (letter) => entities[letter] ?? letter);
}
