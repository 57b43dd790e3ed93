import type { Configuration } from "./schema";

/** Where Argo CD clones the GitOps repository from. */
export function cloneUrlOf({ owner, name, url }: NonNullable<Configuration["repository"]>): string {
  return url ?? `https://github.com/${owner}/${name}.git`;
}

/** GitHub is reached by SSH here too, where port 22 is closed. */
const GITHUB = ["github.com", "ssh.github.com"];

/**
 * GitHub's address where the repository is not on github.com; undefined where it is. `repository.apiUrl`, which only
 * the owning stack needs for more than this; else the server that Argo CD clones from, whose API is its own.
 */
export function enterpriseUrl(repository: NonNullable<Configuration["repository"]>): string | undefined {
  const { protocol, hostname, origin } = new URL(cloneUrlOf(repository));
  if (GITHUB.includes(hostname)) return undefined;
  return repository.apiUrl ?? (protocol === "ssh:" ? `https://${hostname}` : origin);
}

/**
 * The REST API at such an address, as GitHub's clients in Argo CD take it: with its path, without a slash at the end.
 */
export function restUrl(address: string): string {
  const base = address.replace(/\/+$/, "");
  // With data residency (<name>.ghe.com) the API has a host of its own instead of a path.
  return new URL(base).hostname.startsWith("api.") || base.endsWith("/api/v3") ? base : `${base}/api/v3`;
}
