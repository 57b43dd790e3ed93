import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Provider } from "oidc-provider";

/** The header in which the tests' browser names the person who uses it: nobody has a password here. */
const PERSON = "x-person";

const SCOPES = ["openid", "profile", "email", "groups"];

/** A client that is registered at the provider. A client without a secret is public. */
export interface Client {
  readonly id: string;
  readonly secret?: string;
  /** Where the provider sends people back to. */
  readonly redirectUri: string;
}

/** A real OpenID Connect provider on 127.0.0.1, with people and their groups. */
export class IdentityProvider {
  private constructor(
    readonly issuer: string,
    private readonly server: Server,
  ) {}

  /** @param groups the groups of each person */
  static async start(
    groups: Readonly<Record<string, readonly string[]>>,
    clients: readonly Client[],
  ): Promise<IdentityProvider> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = await providerOf(issuer, groups, clients);
    const standard = provider.callback();
    server.on("request", (request, response) => {
      const accountId = request.headers[PERSON];
      if (request.url?.startsWith("/interaction/") !== true) standard(request, response);
      // A program such as `argocd` is no client that could keep a secret, so the provider also asks for consent.
      else void provider.interactionFinished(request, response, { login: { accountId }, consent: {} });
    });
    return new IdentityProvider(issuer, server);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function providerOf(
  issuer: string,
  groups: Readonly<Record<string, readonly string[]>>,
  clients: readonly Client[],
): Promise<Provider> {
  const { Provider } = await import("oidc-provider");
  return new Provider(issuer, {
    clients: clients.map(({ id, secret, redirectUri }) => ({
      client_id: id,
      redirect_uris: [redirectUri],
      ...(secret === undefined
        ? { token_endpoint_auth_method: "none", application_type: "native" }
        : { client_secret: secret }),
    })),
    cookies: { keys: ["cookies of a test"] },
    scopes: SCOPES,
    claims: { profile: ["name"], email: ["email"], groups: ["groups"] },
    // Argo CD reads the groups from the ID token.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, email: `${id}@vaarak.example`, groups: groups[id] ?? [] }),
    }),
    // Nobody is asked whether Argo CD may know their groups.
    loadExistingGrant: async ({ oidc: { provider, session, client } }) => {
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope(SCOPES.join(" "));
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 3600, IdToken: 3600, Session: 3600, Interaction: 600, Grant: 3600 },
  });
}

/** A person's browser: it keeps cookies and follows redirects. */
export class Browser {
  private readonly cookies = new Map<string, Map<string, string>>();

  constructor(private readonly person: string) {}

  /** Opens a page and follows its redirects. Returns the last response. */
  async open(url: string): Promise<Response> {
    for (let next = url, hops = 0; hops < 20; hops += 1) {
      const jar = this.jar(next);
      const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(next, { redirect: "manual", headers: { cookie, [PERSON]: this.person } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "") jar.delete(name);
        else jar.set(name, value);
      }
      const location = response.headers.get("location");
      if (location === null) return response;
      await response.body?.cancel();
      next = new URL(location, next).href;
    }
    throw new Error(`${url} redirects endlessly`);
  }

  /** The value of a cookie that a page's host has set. */
  cookie(url: string, name: string): string | undefined {
    return this.jar(url).get(name);
  }

  private jar(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.cookies.get(origin) ?? new Map<string, string>();
    this.cookies.set(origin, jar);
    return jar;
  }
}
