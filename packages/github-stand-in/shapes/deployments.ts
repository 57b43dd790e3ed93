import type { components } from "@octokit/openapi-types";
import type { DeploymentRecord, DeploymentStatusRecord, RepositoryRecord } from "../store/records";
import { appShape } from "./checks";
import { author } from "./pulls";
import type { ShapeContext } from "./repositories";
import { nodeId } from "./urls";

type Schemas = components["schemas"];

/** A deployment. */
export function deploymentShape(
  context: ShapeContext,
  record: RepositoryRecord,
  deployment: DeploymentRecord,
): Schemas["deployment"] {
  const url = context.urls.repo(record, `/deployments/${deployment.id}`);
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    task: deployment.task,
    original_environment: deployment.originalEnvironment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: context.urls.repo(record),
    creator: author(context, deployment.creator),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.isTransient,
    production_environment: deployment.isProduction,
    performed_via_github_app: app(context, record, deployment.appId),
  };
}

/** One status of a deployment. */
export function deploymentStatusShape(
  context: ShapeContext,
  record: RepositoryRecord,
  deployment: DeploymentRecord,
  status: DeploymentStatusRecord,
): Schemas["deployment-status"] {
  const url = context.urls.repo(record, `/deployments/${deployment.id}`);
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    state: status.state,
    creator: author(context, status.creator),
    description: status.description,
    environment: status.environment,
    // The older name of the log's URL.
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: context.urls.repo(record),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: app(context, record, status.appId),
  };
}

function app(context: ShapeContext, record: RepositoryRecord, id: number | null): Schemas["nullable-integration"] {
  const identity = context.database.accounts.find((account) => account.app?.id === id)?.app;
  return identity ? appShape(context, record, identity) : null;
}
