import { apps, type AppSlug, logins, type Person } from "@gitops-platform/sandbox/accounts";
import { createSign } from "node:crypto";
import { credentials, gitHost, gitops } from "../../e2e/support/people";

/** Programs whose token does not come from an App's key. */
const programs = {
  "CI's token": "ciToken",
  "Argo CD's token": "argocdToken",
  "the board's token": "boardToken",
  "the organisation's owner": "platformToken",
} as const;

/** The attacker: a person of the sandbox, a stolen token, or a stolen key of an App. */
export type Actor =
  | Person
  | keyof typeof programs
  | `the key of ${AppSlug}`
  | "a workflow's token"
  | "anyone with cluster access"
  | "nobody";

const appTokens = new Map<AppSlug, Promise<string>>();

/** The token with which an attacker calls GitHub. Undefined for nobody. */
export async function tokenOf(actor: Actor): Promise<string | undefined> {
  const secrets = credentials();
  if (actor in programs) return secrets[programs[actor as keyof typeof programs]];
  const person = logins.find((login) => login === actor);
  if (person !== undefined) return secrets.people[person];
  const slug = (Object.keys(apps) as AppSlug[]).find((name) => actor === `the key of ${name}`);
  if (slug === undefined) return undefined;
  const known = appTokens.get(slug) ?? installationToken(slug);
  appTokens.set(slug, known);
  return known;
}

/** The token that the holder of an App's key can get from GitHub: it has all of the App's permissions. */
async function installationToken(slug: AppSlug): Promise<string> {
  const jwt = appJwt(apps[slug].id, credentials().apps[slug].privateKey);
  const api = `${await gitHost()}/api/v3`;
  const headers = { authorization: `Bearer ${jwt}` };
  const installation = await fetch(`${api}/repos/${gitops.owner}/${gitops.repo}/installation`, { headers });
  const { id } = (await installation.json()) as { id: number };
  const made = await fetch(`${api}/app/installations/${id}/access_tokens`, { method: "POST", headers });
  const { token } = (await made.json()) as { token?: string };
  if (token === undefined) throw new Error(`${slug}: GitHub issued no token for its key`);
  return token;
}

function appJwt(id: number, privateKey: string): string {
  const time = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encode({ alg: "RS256", typ: "JWT" });
  const claims = `${header}.${encode({ iat: time - 30, exp: time + 540, iss: String(id) })}`;
  return `${claims}.${createSign("RSA-SHA256").update(claims).sign(privateKey, "base64url")}`;
}
