/** An error response from the API server. The message contains the request and the response. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /**
   * @param status HTTP status code.
   * @param reason Kubernetes' machine-readable reason, for example `NotFound`, `Conflict` or `Invalid`;
   *   `UnknownKind` if the cluster does not serve the kind.
   * @param message The complete message for the user.
   * @param causes Messages of the causes in the response. Admission policies set them, RBAC does not.
   */
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly causes: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The API server is unreachable: connection refused, no route, invalid certificate, or timeout. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The fields of Kubernetes' `Status` object that are used here. */
interface Status {
  kind?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { message?: string }[] };
}

/**
 * Creates an error from a response.
 * @param what The request, for example `apply Deployment argocd/argocd-server`.
 * @param credentials The credentials of the request, for example `context dev of .sandbox/dev/kubeconfig`.
 */
export function apiError(what: string, credentials: string, status: number, body: string): ApiError {
  const response = parseStatus(body);
  const reason = response.reason ?? defaultReason(status);
  const causes = (response.details?.causes ?? []).flatMap((cause) => cause.message ?? []);
  return new ApiError(status, reason, `${what}: ${explain(status, credentials, response.message ?? reason)}`, causes);
}

function explain(status: number, credentials: string, message: string): string {
  if (status === 401) {
    return (
      `the cluster rejected the credentials of ${credentials} (401 Unauthorized). ` +
      "Create a new kubeconfig, or log in again."
    );
  }
  if (status === 403) {
    return (
      `${credentials} is not allowed to do this (403 Forbidden): ${message}. ` +
      "Grant the permission, or use another context."
    );
  }
  return message;
}

function parseStatus(body: string): Status {
  try {
    const parsed = JSON.parse(body) as unknown;
    if (typeof parsed === "object" && parsed !== null && (parsed as Status).kind === "Status") return parsed;
  } catch {
    // Not JSON: an HTML page of a proxy, or plain text from the API aggregator.
  }
  return body.trim() === "" ? {} : { message: body.trim().slice(0, 500) };
}

function defaultReason(status: number): string {
  const reasons: Record<number, string> = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
  };
  return reasons[status] ?? `HTTP status ${status}`;
}
