/** An answer of the API server that is no success. The message says what was asked and what was answered. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /**
   * @param status HTTP status code.
   * @param reason Kubernetes' machine-readable reason, for example `NotFound`, `Conflict` or `Invalid`;
   *   `UnknownKind` where the cluster serves no such kind.
   * @param message The whole sentence for the user.
   * @param causes What refused it, in words, where the API server tells: admission policies do, RBAC does not.
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

/** The API server cannot be talked to: nothing listens, no route, wrong certificate, no answer in time. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The body of Kubernetes' `Status` object, as far as it is read. */
interface Status {
  kind?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { message?: string }[] };
}

/**
 * Reads an error answer.
 * @param what What was asked, for example `apply Deployment argocd/argocd-server`.
 * @param who Whose credentials were used, for example `context dev of .sandbox/dev/kubeconfig`.
 */
export function apiError(what: string, who: string, status: number, body: string): ApiError {
  const answer = parseStatus(body);
  const reason = answer.reason ?? defaultReason(status);
  const causes = (answer.details?.causes ?? []).flatMap((cause) => cause.message ?? []);
  return new ApiError(status, reason, `${what}: ${explain(status, who, answer.message ?? reason)}`, causes);
}

function explain(status: number, who: string, message: string): string {
  if (status === 401) {
    return `the cluster refused the credentials of ${who} (401 Unauthorized). Write the kubeconfig again, or log in again.`;
  }
  if (status === 403) {
    return `${who} may not do this (403 Forbidden): ${message}. Grant it the right, or use another context.`;
  }
  return message;
}

function parseStatus(body: string): Status {
  try {
    const parsed = JSON.parse(body) as unknown;
    if (typeof parsed === "object" && parsed !== null && (parsed as Status).kind === "Status") return parsed;
  } catch {
    // Not JSON: a proxy's page, or plain text as from the aggregator.
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
