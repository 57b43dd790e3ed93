import type { components } from "@octokit/openapi-types";
import type { DeliveryRecord } from "../store/history-records";
import type { HookRecord, RepositoryRecord } from "../store/records";
import type { Urls } from "./urls";

type Schemas = components["schemas"];

/** A webhook. Its secret is write-only: responses have eight asterisks instead. */
export function hookShape(urls: Urls, record: RepositoryRecord, hook: HookRecord): Schemas["hook"] {
  const url = urls.repo(record, `/hooks/${hook.id}`);
  return {
    type: "Repository",
    id: hook.id,
    name: "web",
    active: hook.active,
    events: hook.events,
    config: { ...hook.config, ...(hook.config.secret === undefined ? {} : { secret: "********" }) },
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: hook.lastResponse,
  };
}

/** A delivery in lists. */
export function deliveryItem(delivery: DeliveryRecord): Schemas["hook-delivery-item"] {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: typeof delivery.payload.action === "string" ? delivery.payload.action : null,
    installation_id: null,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

/** A delivery with its request and response. */
export function deliveryShape(delivery: DeliveryRecord): Schemas["hook-delivery"] {
  return {
    ...deliveryItem(delivery),
    id: delivery.id,
    installation_id: null,
    repository_id: delivery.repositoryId,
    url: delivery.url,
    request: { headers: delivery.requestHeaders, payload: delivery.payload },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  };
}
