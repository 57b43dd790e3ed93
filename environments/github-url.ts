import type { Configuration } from "./schema";

/** The URL from which Argo CD clones the GitOps repository. */
export function cloneUrlOf({ owner, name, url }: NonNullable<Configuration["repository"]>): string {
  return url ?? `https://github.com/${owner}/${name}.git`;
}

/** ssh.github.com accepts SSH on port 443, for networks that block port 22. */
const GITHUB = ["github.com", "ssh.github.com"];

/**
 * The URL of GitHub's server if the repository is not on github.com; otherwise undefined. It is `repository.apiUrl` if
 * that is set, and otherwise the server that Argo CD clones from.
 */
export function enterpriseUrl(repository: NonNullable<Configuration["repository"]>): string | undefined {
  const { protocol, hostname, origin } = new URL(cloneUrlOf(repository));
  if (GITHUB.includes(hostname)) return undefined;
  return repository.apiUrl ?? (protocol === "ssh:" ? `https://${hostname}` : origin);
}

/**
 * The URL of such a server's REST API in the form that Argo CD's GitHub clients expect: with its path, without a slash
 * at the end.
 */
export function restUrl(serverUrl: string): string {
  const base = serverUrl.replace(/\/+$/, "");
  // With data residency (<name>.ghe.com), the API has a separate host instead of a path.
  return new URL(base).hostname.startsWith("api.") || base.endsWith("/api/v3") ? base : `${base}/api/v3`;
}
