import { createHmac } from "node:crypto";
import type { HookRecord } from "../../store/records";
import type { WebhookEvent } from "./payloads";

/** GitHub's timeout for a response. */
const TIMEOUT_MS = 10_000;
/** How much of a response is stored, in characters. */
const MAX_RESPONSE = 16_384;

/** A prepared request to a hook. */
export interface HookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** The result of a request. `statusCode` is 0 if there was no response. */
export interface HookResponse {
  statusCode: number;
  status: string;
  headers: Record<string, string>;
  body: string;
  /** Seconds. */
  duration: number;
}

/** Builds the request of an event: the body in the hook's content type, signed if the hook has a secret. */
export function hookRequest(hook: HookRecord, repositoryId: number, event: WebhookEvent, guid: string): HookRequest {
  const json = JSON.stringify(event.payload);
  const isForm = hook.config.content_type === "form";
  const body = isForm ? new URLSearchParams({ payload: json }).toString() : json;
  const { secret } = hook.config;
  const signature = (algorithm: string) =>
    createHmac(algorithm, secret ?? "")
      .update(body)
      .digest("hex");
  return {
    url: hook.config.url,
    body,
    headers: {
      Accept: "*/*",
      "Content-Type": isForm ? "application/x-www-form-urlencoded" : "application/json",
      "User-Agent": "GitHub-Hookshot/sandbox",
      "X-GitHub-Delivery": guid,
      "X-GitHub-Event": event.name,
      "X-GitHub-Hook-ID": String(hook.id),
      "X-GitHub-Hook-Installation-Target-ID": String(repositoryId),
      "X-GitHub-Hook-Installation-Target-Type": "repository",
      ...(secret === undefined
        ? {}
        : { "X-Hub-Signature": `sha1=${signature("sha1")}`, "X-Hub-Signature-256": `sha256=${signature("sha256")}` }),
    },
  };
}

/** Sends a request once. Never throws: without a response, the status code is 0, or 504 after the timeout. */
export async function send(request: HookRequest, signal: AbortSignal): Promise<HookResponse> {
  const start = performance.now();
  const took = () => Math.round(performance.now() - start) / 1000;
  try {
    const response = await fetch(request.url, {
      method: "POST",
      headers: request.headers,
      body: request.body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const body = (await response.text()).slice(0, MAX_RESPONSE);
    const status = response.ok ? "OK" : `Invalid HTTP Response: ${response.status}`;
    const headers = Object.fromEntries(response.headers);
    return { statusCode: response.status, status, headers, body, duration: took() };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    const status = timedOut ? "timed out" : "failed to connect to host";
    return { statusCode: timedOut ? 504 : 0, status, headers: {}, body: "", duration: took() };
  }
}
