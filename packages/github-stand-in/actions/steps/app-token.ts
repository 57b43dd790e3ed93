import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { z } from "zod";
import type { StepHost } from "./step-host";

/** The fields of a run that creating an App token needs. */
export interface AppTokenContext {
  /** http://127.0.0.1:8080/api/v3 */
  apiUrl: string;
  /** owner/name */
  repository: string;
}

const installationSchema = z.object({ id: z.number(), app_slug: z.string() });

const INPUTS = /^(app-id|client-id|private-key|owner|repositories|skip-token-revoke|permission-[a-z-]+)$/;

/**
 * The equivalent of actions/create-github-app-token: requests a token of an App's installation over HTTP. Throws if the
 * request is rejected.
 */
export async function createAppToken(
  { log, signal }: StepHost,
  inputs: Record<string, string>,
  run: AppTokenContext,
): Promise<Record<"token" | "installation-id" | "app-slug", string>> {
  const unknown = Object.keys(inputs).find((name) => !INPUTS.test(name));
  if (unknown !== undefined) {
    throw new Error(
      `with.${unknown}: got an input of actions/create-github-app-token; expected a supported one. Remove it.`,
    );
  }
  const id = inputs["app-id"] ?? inputs["client-id"] ?? "";
  if (id === "") throw new Error("Input required and not supplied: app-id");
  const jwt = appJwt(id, readKey(inputs["private-key"] ?? ""));
  log.masks.add(jwt);

  const [currentOwner = "", currentName = ""] = run.repository.split("/");
  const names = (inputs.repositories ?? "").split(/[\s,]+/).filter((name) => name !== "");
  const owner = inputs.owner === undefined || inputs.owner === "" ? currentOwner : inputs.owner;
  const isWhole = names.length === 0 && (inputs.owner ?? "") !== "";
  const repositories = isWhole ? undefined : names.length > 0 ? names : [currentName];
  const request = async (method: "GET" | "POST", path: string, body?: object) => {
    const response = await fetch(`${run.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${jwt}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal,
    });
    const data: unknown = await response.json();
    if (!response.ok) throw new Error(`${(data as { message?: string }).message ?? "refused"} (${method} ${path})`);
    return data;
  };
  const installation = repositories
    ? installationSchema.parse(await request("GET", `/repos/${owner}/${repositories[0] ?? ""}/installation`))
    : z.tuple([installationSchema], installationSchema).parse(await request("GET", "/app/installations"))[0];
  const permissions = permissionsOf(inputs);
  const made = await request("POST", `/app/installations/${installation.id}/access_tokens`, {
    ...(repositories ? { repositories } : {}),
    ...(permissions ? { permissions } : {}),
  });
  const { token } = z.object({ token: z.string() }).parse(made);
  log.masks.add(token);
  return { token, "installation-id": String(installation.id), "app-slug": installation.app_slug };
}

function permissionsOf(inputs: Record<string, string>): Record<string, string> | undefined {
  const named = Object.entries(inputs).filter(([name, value]) => name.startsWith("permission-") && value !== "");
  if (named.length === 0) return undefined;
  return Object.fromEntries(
    named.map(([name, value]) => [name.slice("permission-".length).replaceAll("-", "_"), value]),
  );
}

/** Like GitHub's action, accept keys whose line breaks are written as \n. */
function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem.replaceAll("\\n", "\n"));
  } catch {
    throw new Error("with.private-key: got no valid private key; expected PEM. Set the secret to the App's key.");
  }
}

function appJwt(id: string, key: KeyObject): string {
  const time = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ iat: time - 30, exp: time + 540, iss: id })}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}
