import { createHmac, randomUUID } from "node:crypto";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";
import { argocdUrls } from "@gitops-platform/sandbox/stack-files";
import { cluster, paths } from "./platform";

/** A role of an AppProject, and the environment whose Argo CD grants it. */
interface ProjectRole {
  environment: EnvironmentName;
  project: string;
  role: string;
}

/**
 * A token of a project's role, created like `argocd proj role create-token` does: recorded in the AppProject and signed
 * with the server's key. Argo CD itself then enforces the role's permissions.
 */
export async function projectToken({ environment, project, role }: ProjectRole): Promise<string> {
  const client = cluster(environment);
  const secret = await client.get({ apiVersion: "v1", kind: "Secret", namespace: "argocd", name: "argocd-secret" });
  const { data } = secret as unknown as { data: Record<string, string> };
  const issued = { iat: Math.floor(Date.now() / 1000), id: randomUUID() };
  const appProject = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", namespace: "argocd", name: project };
  await client.patch(appProject, { status: { jwtTokensByRole: { [role]: { items: [issued] } } } });
  const claims = { iss: "argocd", sub: `proj:${project}:${role}`, iat: issued.iat, nbf: issued.iat, jti: issued.id };
  const signed = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const key = Buffer.from(data["server.secretkey"] ?? "", "base64");
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

/** Calls the API of an environment's Argo CD with or without a token. */
export async function callArgocd(
  environment: EnvironmentName,
  token: string | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const { server } = argocdUrls(await rememberedPorts(paths), environment);
  const response = await fetch(`${server}/api/v1/${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}
