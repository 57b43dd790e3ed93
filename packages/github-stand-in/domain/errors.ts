const DOCUMENTATION = "https://docs.github.com/rest";

/** One entry of a validation error, in GitHub's format. */
export interface FieldError {
  resource: string;
  field?: string;
  code: "missing" | "missing_field" | "invalid" | "already_exists" | "unprocessable" | "custom";
  message?: string;
  /** The checks that have not succeeded. */
  contexts?: { context: string; state: string }[];
}

/** An error response in GitHub's format. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors?: (FieldError | string)[],
  ) {
    super(message);
    this.name = "HttpError";
  }

  /** The response's body. */
  body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      documentation_url: DOCUMENTATION,
      status: String(this.status),
    };
  }
}

/** 401 for an unknown token. */
export function badCredentials(): HttpError {
  return new HttpError(401, "Bad credentials");
}

/** 401 for a request without a token where one is needed. */
export function requiresAuthentication(): HttpError {
  return new HttpError(401, "Requires authentication");
}

/** 404: it does not exist, or the actor cannot see it. */
export function notFound(message = "Not Found"): HttpError {
  return new HttpError(404, message);
}

/** 422 with the invalid fields. */
export function validationFailed(errors: FieldError[], message = "Validation Failed"): HttpError {
  return new HttpError(422, message, errors);
}

/** 422 without fields, for errors that GitHub reports as one sentence. */
export function unprocessable(message: string): HttpError {
  return new HttpError(422, message);
}

/** 422 with sentences, for errors that GitHub lists without fields. */
export function unprocessableEntity(errors: string[]): HttpError {
  return new HttpError(422, "Unprocessable Entity", errors);
}
