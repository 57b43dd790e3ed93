import type { components } from "@octokit/openapi-types";
import type { Database } from "../store/database";
import type { AppRecord, InstallationRecord } from "../store/records";
import { simpleUser } from "./accounts";
import { nodeId, type Urls } from "./urls";

type Schemas = components["schemas"];

interface ShapeContext {
  database: Database;
  urls: Urls;
}

/** An App, as in the response of GET /app. */
export function integration({ database, urls }: ShapeContext, app: AppRecord) {
  const owner = database.account(app.owner ?? "") ?? database.account(`${app.slug}[bot]`);
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("App", app.id),
    ...(owner ? { owner: simpleUser(urls, owner) } : {}),
    name: app.name,
    description: app.description,
    external_url: app.externalUrl,
    html_url: `${urls.base}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: app.permissions,
    events: [],
  };
}

/** An App's installation, as in the response of GET /app/installations/{installation_id}. */
export function installation(
  { database, urls }: ShapeContext,
  app: AppRecord,
  { id, repositories, createdAt }: InstallationRecord,
): Schemas["installation"] {
  const url = urls.api(`/app/installations/${id}`);
  const owner = database.account(repositories[0]?.split("/")[0] ?? app.owner ?? "");
  return {
    id,
    app_id: app.id,
    app_slug: app.slug,
    account: owner ? simpleUser(urls, owner) : null,
    target_id: owner?.id ?? 0,
    target_type: owner?.type ?? "Organization",
    repository_selection: selectionOf(repositories),
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: urls.api("/installation/repositories"),
    html_url: `${urls.base}/organizations/${owner?.login ?? ""}/settings/installations/${id}`,
    permissions: app.permissions,
    events: [],
    single_file_name: null,
    suspended_at: null,
    suspended_by: null,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

/** GitHub's word for the repositories that an App or a token can reach. */
export function selectionOf(repositories: readonly string[]): "all" | "selected" {
  return repositories.some((entry) => entry.endsWith("/*")) ? "all" : "selected";
}
