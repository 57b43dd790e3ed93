/**
 * Single sign-on to dev's Argo CD, by a real OpenID Connect provider: members of each group log in by the authorization
 * code flow, in a browser and by `argocd login`, and Argo CD's API decides what they may do.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { freePort } from "@gitops-platform/test-support/free-port";
import { argocdUrls } from "@gitops-platform/sandbox/stack-files";
import { until } from "@gitops-platform/clients/until";
import { ArgocdCli } from "./support/argocd-cli";
import { Browser, IdentityProvider } from "./support/identity-provider";
import { approveAndMerge, changesService } from "./support/people";
import { cluster, kubectl, paths, reconfigure, serviceHealthy } from "./support/platform";
import { callArgocd } from "./support/project-role";

/** Each person's groups. The last one has groups whose names Argo CD gives to its own administrator. */
const PEOPLE = {
  ada: ["platform"],
  otto: ["on-call"],
  vera: ["developers"],
  tina: ["mail-team"],
  nora: [],
  eve: ["admin", "role:admin", "role:readonly"],
};
type Person = keyof typeof PEOPLE;

const ACCESS = { admin: ["platform"], operator: ["on-call"], viewer: ["developers"] };
const SECRET = "the client's secret";

/** A second service's project and Application. It delivers nothing. */
const OTHER = [
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "dev-other", namespace: "argocd" },
    spec: { sourceRepos: [], destinations: [] },
  },
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "other", namespace: "argocd" },
    spec: {
      project: "dev-other",
      source: { repoURL: "https://git.invalid/other", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "other" },
    },
  },
];

describe("single sign-on", () => {
  let provider: IdentityProvider;
  let server = "";
  /** Where `argocd login` receives a person's code. */
  let loginPort = 0;
  let password = "";
  let restore: (() => Promise<void>) | undefined;
  const tokens: Partial<Record<Person, string>> = {};

  const call = (person: Person | undefined, method: string, path: string, body?: object) =>
    callArgocd("dev", person && tokens[person], method, path, body);
  const status = async (...request: Parameters<typeof call>) => (await call(...request)).status;
  const passwordLogin = () => status(undefined, "POST", "session", { username: "admin", password });

  /** Changes dev's access, and waits until argocd-server uses it. */
  async function configure(argocd: object): Promise<() => Promise<void>> {
    return reconfigure("dev", (config) => {
      const before = config["gitops-platform:argocd"] as object;
      config["gitops-platform:argocd"] = { ...before, access: ACCESS, ...argocd };
      config["gitops-platform:ssoClientSecret"] = SECRET;
    });
  }

  const oidc = () => ({ issuer: provider.issuer, clientId: "argocd", cliClientId: "argocd-cli" });

  async function logIn(person: Person): Promise<string> {
    const browser = new Browser(person);
    const response = await browser.open(`${server}/auth/login?return_url=${encodeURIComponent(server)}`);
    const token = browser.cookie(server, "argocd.token");
    return token ?? assert.fail(`${person} is not logged in: ${response.status} ${await response.text()}`);
  }

  before(async () => {
    ({ server } = argocdUrls(await rememberedPorts(paths), "dev"));
    loginPort = await freePort();
    provider = await IdentityProvider.start(PEOPLE, [
      { id: "argocd", secret: SECRET, redirectUri: `${server}/auth/callback` },
      { id: "argocd-cli", redirectUri: `http://localhost:${loginPort}/auth/callback` },
    ]);
    const name = "argocd-initial-admin-secret";
    const encoded = await kubectl("dev", "-n", "argocd", "get", "secret", name, "-o", "jsonpath={.data.password}");
    password = Buffer.from(encoded, "base64").toString();
    for (const object of OTHER) await cluster("dev").apply(object, { fieldManager: "test" });
    const team = ["--team", "platform", "--group", "mail-team"];
    const image = ["--image", "ghcr.io/vaarak/mail:sha-1111111"];
    await approveAndMerge(await changesService("add", "mail", ...team, ...image, "--env", "dev"));
    await serviceHealthy("mail", "dev");
  });

  after(async () => {
    for (const { apiVersion, kind, metadata } of OTHER.toReversed()) {
      await cluster("dev").delete({ apiVersion, kind, ...metadata });
    }
    await restore?.();
    provider.stop();
  });

  it("is not set up with a provider that does not answer, and nothing changes", async () => {
    const { stackFile } = paths.environments.dev;
    const before = await readFile(stackFile, "utf8");
    assert.equal(await passwordLogin(), 200);
    await assert.rejects(
      configure({ oidc: { ...oidc(), issuer: "http://127.0.0.1:1" } }),
      /argocd\.oidc\.issuer: got "http:\/\/127\.0\.0\.1:1", which cannot be read/,
    );
    await writeFile(stackFile, before);
    assert.equal(await passwordLogin(), 200);
  });

  it("logs in everybody whom the provider knows, and admin's password no more", async () => {
    restore = await configure({ oidc: oidc() });
    await until("Argo CD offers single sign-on", async () => {
      const { text } = await callArgocd("dev", undefined, "GET", "settings");
      const issuer = (JSON.parse(text) as { oidcConfig?: { issuer?: string } }).oidcConfig?.issuer;
      return issuer === provider.issuer ? { done: true } : { waitingFor: text };
    });
    for (const person of Object.keys(PEOPLE) as Person[]) tokens[person] = await logIn(person);
    assert.equal(await passwordLogin(), 401);
  });

  it("keeps the client's secret out of the ConfigMap", async () => {
    const get = (kind: string, name: string) => kubectl("dev", "-n", "argocd", "get", kind, name, "-o", "json");
    assert.ok(!(await get("configmap", "argocd-cm")).includes(SECRET));
    assert.ok((await get("secret", "argocd-secret")).includes(Buffer.from(SECRET).toString("base64")));
    assert.ok(
      !(await readFile(paths.environments.dev.stateFile, "utf8")).includes(Buffer.from(SECRET).toString("base64")),
    );
  });

  it("shows each person their Applications", async () => {
    const seen: Record<string, string[]> = {};
    for (const person of Object.keys(PEOPLE) as Person[]) {
      const { text } = await call(person, "GET", "applications");
      const { items } = JSON.parse(text) as { items: { metadata: { name: string } }[] | null };
      seen[person] = (items ?? []).map(({ metadata }) => metadata.name).sort();
    }
    const made = await cluster("dev").list("argoproj.io/v1alpha1", "Application", { namespace: "argocd" });
    const all = made.map(({ metadata }) => metadata.name).sort();
    for (const name of ["api", "catalogue", "mail", "other"]) assert.ok(all.includes(name), name);
    assert.deepEqual(seen, { ada: all, otto: all, vera: all, tina: ["mail"], nora: [], eve: [] });
  });

  it("lets operators sync and restart, teams and viewers refresh, and nobody else do anything", async () => {
    const refresh = (person: Person, name = "api") => status(person, "GET", `applications/${name}?refresh=normal`);
    const sync = (person: Person) => status(person, "POST", "applications/api/sync", {});
    const restart = (person: Person) =>
      status(person, "POST", "applications/api/resource/actions/v2", {
        ...{ namespace: "api", resourceName: "api", group: "apps", version: "v1", kind: "Deployment" },
        action: "restart",
      });
    const decisions: Record<string, number[]> = {};
    for (const person of ["otto", "vera", "tina", "nora", "eve"] as const) {
      decisions[person] = [await refresh(person), await sync(person), await restart(person)];
    }
    assert.deepEqual(decisions, {
      otto: [200, 200, 200],
      vera: [200, 403, 403],
      tina: [403, 403, 403],
      nora: [403, 403, 403],
      eve: [403, 403, 403],
    });
    assert.deepEqual([await refresh("tina", "mail"), await refresh("tina", "other")], [200, 403]);
    assert.equal(await status("otto", "DELETE", "applications/other"), 403);
    assert.equal(await status("otto", "POST", "applications/api/sync", { revision: "env/prod" }), 403);
  });

  it("gives a person the same rights on the command line, and its team a token that expires", async () => {
    const [tina, ci] = [await ArgocdCli.of(server), await ArgocdCli.of(server)];
    try {
      await tina.logIn("tina", loginPort);
      assert.equal(await tina.run("app", "list", "--output", "name"), "argocd/mail");
      await assert.rejects(tina.run("app", "sync", "mail"), /PermissionDenied/);
      const create = ["proj", "role", "create-token", "--expires-in", "1h", "--token-only"];
      const token = await tina.run(...create, "dev-mail", "team");
      const asCi = (...args: string[]) => ci.run(...args, "--auth-token", token);
      await asCi("app", "wait", "mail", "--health", "--timeout", "60");
      assert.equal(await asCi("app", "list", "--output", "name"), "argocd/mail");
      await assert.rejects(asCi("app", "sync", "mail"), /PermissionDenied/);
      const [, claims = ""] = token.split(".");
      const { iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { iat: number; exp: number };
      assert.equal(exp - iat, 3600);
      await tina.run("proj", "role", "delete-token", "dev-mail", "team", `${iat}`);
      await assert.rejects(asCi("app", "list"), /Unauthenticated/);
      await assert.rejects(tina.run(...create, "dev-api", "team"), /PermissionDenied/);
    } finally {
      tina.remove();
      ci.remove();
    }
  });

  it("lets admin in again in an emergency", async () => {
    await configure({ oidc: oidc(), emergencyAdmin: "The identity provider is down" });
    await until("admin's password works", async () =>
      (await passwordLogin()) === 200 ? { done: true } : { waitingFor: "it is refused" },
    );
  });
});
