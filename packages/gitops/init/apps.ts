import { createPrivateKey } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { SignJWT } from "jose";
import { type AppName, PLATFORM_APPS } from "@gitops-platform/contract/apps";
import { Failure } from "@gitops-platform/contract/failure";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { answerOf, connect } from "../github/client";
import { Waiting } from "../polling";
import { pageOf } from "../target";
import type { InitSession, State } from "./state";
import { ManifestPage } from "./manifest-page";
import { isStored, keyOf, lostKey, secretsOf } from "./secrets";
import type { Stacks, Values } from "./stacks";

/** The names of the platform's Apps, in the order in which they are created. */
export const APP_NAMES = Object.keys(PLATFORM_APPS) as AppName[];

/** GitHub's limit for the name of an App. */
const LONGEST_NAME = 34;

/** How the Apps are created. */
export interface AppOptions {
  /** The beginning of the Apps' names, which are unique on GitHub. */
  readonly prefix: string;
  /** The port of the local page; 0: any. */
  readonly port: number;
  /** How long to wait for the person, at each page, in milliseconds. */
  readonly timeout: number;
}

/** The name of an App on GitHub. */
export function titleOf(app: AppName, prefix: string): string {
  const rest = `-${app}`;
  return `${prefix.slice(0, LONGEST_NAME - rest.length)}${rest}`;
}

/** The Apps that are not created yet, by the state and the stacks' files. */
export function appsToCreate(stacks: Stacks, state: State): AppName[] {
  return APP_NAMES.filter((app) => state.apps[app] === undefined && idInStacks(stacks, app) === undefined);
}

/** The App ID that the stacks' files have; undefined if there is none. */
function idInStacks({ owner, all }: Stacks, app: AppName): unknown {
  if (app === "bump") return owner.get("repository.bumpApp");
  if (app === "release") return owner.get("repository.checksApp");
  return all.every((stack) => stack.get("argocd.deployments.installationId") !== undefined)
    ? owner.get("argocd.deployments.appId")
    : undefined;
}

/**
 * Creates each App by GitHub's page for manifests, and waits until it is installed on the repository. What is done
 * already is not done again.
 * @throws {Failure} if the name of an App is taken, a key is lost, or nothing happens in time.
 */
export async function createApps(session: InitSession, options: AppOptions): Promise<void> {
  const { state, stacks } = session;
  checkKeys(session);
  const isDone = appsToCreate(stacks, state).length === 0 && APP_NAMES.every((app) => isInstalled(state, app));
  if (isDone) return;
  const page = await ManifestPage.start(options.port);
  const show = pageShower(session, page.port);
  try {
    for (const app of APP_NAMES) {
      if (appsToCreate(stacks, state).includes(app)) await createApp(session, app, { ...options, page, show });
      await install(session, app, options);
    }
  } finally {
    page.close();
  }
}

/** The settings that follow from the Apps in the state. */
export function appSettings({ apps }: State): { everywhere: Values; owner: Values } {
  const { bump, release, argocd } = apps;
  const deployments = argocd && { appId: argocd.id, installationId: argocd.installationId };
  return {
    everywhere: { "argocd.deployments": deployments },
    owner: { "repository.bumpApp": bump?.id, "repository.checksApp": release?.id },
  };
}

function isInstalled({ apps }: State, app: AppName): boolean {
  return apps[app] === undefined || apps[app].installationId !== undefined;
}

/** Checks that the key of each App that was created is in the state or in the stacks' files. */
function checkKeys({ stacks, state, target }: InitSession): void {
  const created = APP_NAMES.filter((app) => !appsToCreate(stacks, state).includes(app));
  for (const app of created) {
    const secret = secretsOf(stacks).find(({ name }) => name === keyOf(app));
    if (secret === undefined || isStored(secret) || state.secrets[secret.name] !== undefined) continue;
    const slug = state.apps[app]?.slug;
    const apps = `${target.server}/organizations/${target.owner}/settings/apps`;
    throw lostKey(app, secret, slug === undefined ? apps : `${apps}/${slug}`);
  }
}

interface PageOptions extends AppOptions {
  readonly page: ManifestPage;
  readonly show: (url: string) => void;
}

async function createApp(session: InitSession, app: AppName, options: PageOptions): Promise<void> {
  const { github, target, state, log } = session;
  const name = titleOf(app, options.prefix);
  await checkName(session, name);
  const { purpose, permissions } = PLATFORM_APPS[app];
  const { url, finished } = options.page.offer(app, {
    form: `${target.server}/organizations/${target.owner}/settings/apps/new`,
    manifest: {
      ...{ name, url: pageOf(target), description: `${pageOf(target)}: ${purpose}`, public: false },
      default_permissions: permissions,
    },
    received: async (code) => {
      const { data } = await github.rest.apps.createFromManifest({ code });
      checkCreated(app, data, target.owner);
      state.secrets[keyOf(app)] = data.pem;
      state.apps[app] = { id: data.id, slug: data.slug ?? name };
      state.save();
      return installationPage(session, app);
    },
  });
  log(`\nThe App ${app}: create it at this page, then install it on ${target.owner}/${target.name} only.`);
  options.show(url);
  await within(options.timeout, finished, `for the App ${app}, at ${url}`);
  log(`  created: ${state.apps[app]?.slug ?? name}`);
}

/** The part of GitHub's answer for a new App that says whose it is and what it may do. */
interface Created {
  readonly owner: object | null;
  readonly permissions: Readonly<Record<string, string | undefined>>;
  readonly events: readonly string[];
}

/**
 * GitHub exchanges a code for any App, so that somebody who learns the page's state could pass an App of their own.
 * @throws {Failure} if the App is not the organisation's, or may do more or less than the platform's App.
 */
export function checkCreated(app: AppName, { owner, permissions, events }: Created, organization: string): void {
  const login = owner && "login" in owner ? String(owner.login) : "nobody";
  // GitHub gives each App with permissions in repositories this one, too.
  const { metadata, ...others } = permissions;
  const granted = metadata === undefined || metadata === "read" ? others : permissions;
  const wanted = PLATFORM_APPS[app].permissions;
  const isOwn = login.toLowerCase() === organization.toLowerCase();
  if (isOwn && isDeepStrictEqual({ ...granted }, { ...wanted }) && events.length === 0) return;
  throw new Failure(
    `the App ${app}: got an App of ${login} with the permissions ${formatValue(permissions)} and the events ` +
      `${formatValue(events)}; expected one of ${organization} with ${formatValue(wanted)} and []. ` +
      "Delete that App if it is yours. Then run the same command again, and create the App unchanged " +
      "at the page it opens.",
  );
}

/** GitHub's page says that a name is taken, but not what to do about a half-made App. */
async function checkName({ github, target }: InitSession, name: string): Promise<void> {
  const found = await answerOf(github.rest.apps.getBySlug({ app_slug: name.toLowerCase() }));
  if (!found) return;
  const own = `${target.server}/organizations/${target.owner}/settings/apps/${name.toLowerCase()}`;
  throw new Failure(
    `--app-prefix: got a name that is taken, ${name}; expected a new one. If a run that was interrupted or that ` +
      `somebody else began made it, use that run's folder, or delete the App at ${own}/advanced. ` +
      "Otherwise choose another prefix.",
  );
}

async function install(session: InitSession, app: AppName, options: AppOptions): Promise<void> {
  const { state, target, log } = session;
  const created = state.apps[app];
  if (!created || created.installationId !== undefined) return;
  const waiting = new Waiting(log, { timeout: options.timeout, ...session.pauses });
  const find = () => findInstallation(session, created, state.secrets[keyOf(app)]);
  let found = await find();
  if (!found) log(`  install it: ${installationPage(session, app)}`);
  while (!found) {
    await waiting.for(`the installation of ${created.slug} on ${target.owner}/${target.name}`);
    found = await find();
  }
  if (found.repository_selection === "all") {
    log(`  it is installed on all repositories; ${target.name} alone is enough: ${found.html_url}`);
  }
  created.installationId = found.id;
  state.save();
  log("  installed");
}

/**
 * The installation of an App on the repository; undefined if there is none yet. Without the App's key, which is in the
 * stacks' files by then, the owner's token shows the organisation's installations.
 */
async function findInstallation(session: InitSession, { id }: { readonly id: number }, key: string | undefined) {
  const { github, target, repository, log } = session;
  if (key !== undefined) {
    const client = connect({ api: target.api, token: await appToken(id, key) }, log);
    return answerOf(client.rest.apps.getRepoInstallation(repository));
  }
  const all = await github.paginate(github.rest.orgs.listAppInstallations, { org: target.owner, per_page: 100 });
  return all.find((installation) => installation.app_id === id);
}

function installationPage({ target, state }: InitSession, app: AppName): string {
  return `${target.server}/apps/${state.apps[app]?.slug ?? ""}/installations/new`;
}

/** Shows a page in the browser and its address in the terminal; once also how to reach it from another machine. */
function pageShower({ openPage, log }: InitSession, port: number): (url: string) => void {
  let isTold = false;
  return (url) => {
    log(`  ${url}`);
    if (openPage(url) || isTold) return;
    isTold = true;
    log("  There is no browser here. On the machine that has one, run this first:");
    log(`  ssh -L ${port}:127.0.0.1:${port} <this machine>`);
  };
}

/** @throws {Failure} if it takes longer. */
async function within<T>(milliseconds: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const seconds = Math.round(milliseconds / 1000);
      reject(new Failure(`Waited ${seconds} s, still ${what}. Run the same command again to go on.`));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The token with which an App authenticates:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
async function appToken(id: number, key: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  // A minute back, for clocks that differ; GitHub accepts ten minutes at most.
  const token = new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(String(id))
    .setIssuedAt(now - 60);
  return token.setExpirationTime(now + 480).sign(createPrivateKey(key));
}
