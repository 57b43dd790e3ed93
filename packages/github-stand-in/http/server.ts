import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { type ActionsOptions, openActions } from "../actions/actions";
import { Authenticator } from "../domain/access/authenticator";
import { addActionsApp, applySeed, type Seed } from "../domain/access/seed";
import { AppManifests } from "../domain/app-manifests";
import { ActivityLog } from "../domain/activity";
import { Protection } from "../domain/protection";
import { PullRequests } from "../domain/pull-requests";
import { RefUpdates } from "../domain/ref-updates";
import { Webhooks } from "../domain/webhooks/webhooks";
import { Git } from "../git/git";
import { checkGitVersion } from "../git/merge";
import { writePushHooks } from "../git/push-hooks";
import { GitRepositories } from "../git/repositories";
import { Urls } from "../shapes/urls";
import { Database } from "../store/database";
import { Secrets } from "../store/secrets";
import type { Context } from "./context";
import { restRoutes, toHttpError } from "./rest";
import { appPageRoutes } from "./routes/app-manifests";
import { gitHttpRoutes, pageRoutes } from "./routes/git-http";
import { identityRoutes } from "./routes/identity";

/** Largest body of an API call, in bytes: a file of 25 MB in base64 with some room. Pushes are not limited. */
const MAX_BODY = 36 * 1024 * 1024;

/** Options of {@link startServer}. */
export interface ServerOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /**
   * Folder of the database and the repositories, created if it does not exist. Only one server can use it at a time.
   */
  data: string;
  seed: Seed;
  /** Runs the repositories' workflows. Default: none runs. */
  actions?: ActionsOptions;
}

/** A running stand-in. */
export interface GitHubServer {
  /** http://127.0.0.1:<port>; the API is below /api/v3. */
  url: string;
  /**
   * Lets a schedule of a repository's workflows fire, which none does by itself.
   * @param cron The schedule as the workflow has it.
   * @param login The actor; on GitHub, who changed the schedule last.
   */
  fireSchedule(
    repository: { readonly owner: string; readonly repo: string },
    cron: string,
    login: string,
  ): Promise<void>;
  /** Stops accepting requests, aborts webhooks, and waits until everything is on disk. */
  close(): Promise<void>;
}

/** Starts a stand-in for GitHub. Resolves when it accepts requests. */
export async function startServer(options: ServerOptions): Promise<GitHubServer> {
  const { data, seed } = options;
  await mkdir(data, { recursive: true, mode: 0o700 });
  await checkGitVersion(new Git(data));
  const database = new Database(data);
  applySeed(database, seed);
  if (options.actions) addActionsApp(database);
  await database.save();
  const secrets = await Secrets.open(data);
  const authenticator = new Authenticator(database, seed);
  const repositories = new GitRepositories(join(data, "repositories"));
  await repositories.recover(new Set(database.repositories.map((record) => record.id)));
  const hooks = join(data, "hooks");
  await writePushHooks(hooks);

  const app = Fastify({
    bodyLimit: MAX_BODY,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = "/" }) => byName(url, database),
  });
  // Every response contains the server's URL, which is known only once it listens. It serves no request before that.
  const urls = new Urls(() => urlOf(app));
  const protection = new Protection(database);
  const updates = new RefUpdates(database, repositories, protection, urls);
  const webhooks = new Webhooks({ database, urls }, repositories, data);
  const pullRequests = new PullRequests({ database, urls }, repositories, webhooks, protection);
  const activity = new ActivityLog(repositories, data);
  updates.onAccepted((update) => {
    activity.refsMoved(update);
    webhooks.refsMoved(update);
    pullRequests.refsMoved(update);
  });
  const parts = {
    authenticator,
    database,
    repositories,
    updates,
    protection,
    webhooks,
    pullRequests,
    activity,
    secrets,
    manifests: new AppManifests(database),
    urls,
  };
  const actions = options.actions && (await openActions(parts, data, options.actions));
  assemble(app, { ...parts, ...(actions ? { actions } : {}) }, { limits: seed.limits, hooks });
  await app.listen({ host: "127.0.0.1", port: options.port });
  return {
    url: urls.base,
    fireSchedule: async ({ owner, repo }, cron, login) => {
      const record = database.repository(owner, repo);
      if (record) await actions?.fire(record, cron, login);
    },
    close: async () => {
      // Close this first: the jobs that it runs call this server until they end.
      await actions?.close();
      await app.close();
      await pullRequests.close();
      await webhooks.close();
      await activity.close();
      await database.save();
    },
  };
}

/**
 * GitHub also serves a repository under its id, which Terraform's and Pulumi's providers use for the secrets of
 * environments.
 */
function byName(url: string, database: Database): string {
  const [start, id] = /^\/api\/v3\/repositories\/(\d+)(?=[/?]|$)/.exec(url) ?? [];
  if (start === undefined) return url;
  const record = database.repositories.find((each) => String(each.id) === id);
  return record === undefined ? url : url.replace(start, `/api/v3/repos/${record.owner}/${record.name}`);
}

interface Assembly {
  limits: Seed["limits"];
  /** Folder of the push hooks. */
  hooks: string;
}

function assemble(app: FastifyInstance, context: Context, { limits, hooks }: Assembly): void {
  app.decorateRequest("actor", undefined);
  app.addHook("onRequest", (request, reply, done) => {
    try {
      request.actor = context.authenticator.actor(request.headers.authorization);
      done();
    } catch (error) {
      void reply.header("WWW-Authenticate", 'Basic realm="GitHub"');
      done(toHttpError(error));
    }
  });
  app.setErrorHandler((error, _request, reply) => {
    const known = toHttpError(error);
    return reply.code(known.status).send(known.body());
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type("text/plain; charset=utf-8").send("Not Found\n"));
  void app.register(
    (scope, _options, done) => {
      restRoutes(scope, context, limits);
      done();
    },
    { prefix: "/api/v3" },
  );
  const { actions } = context;
  if (actions) {
    void app.register((scope, _options, done) => {
      identityRoutes(scope, actions.identities);
      done();
    });
  }
  void app.register((scope, _options, done) => {
    gitHttpRoutes(scope, context, hooks);
    done();
  });
  void app.register((scope, _options, done) => {
    appPageRoutes(scope, context);
    done();
  });
  void app.register((scope, _options, done) => {
    pageRoutes(scope, context);
    done();
  });
}

function urlOf(app: FastifyInstance): string {
  const bound = app.server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server is not listening");
  return `http://127.0.0.1:${bound.port}`;
}
