import type { Inputs } from "../../provider";
import { requireLoopback } from "../loopback";
import { type SupportedOptions, readProviderInputs } from "../provider-inputs";

/** The configuration of a `pulumi:providers:github` resource. */
export interface GitHubOptions {
  token: string;
  /** Organisation or user that owns the repositories. */
  owner: string;
  /** Base URL of the REST API, without a trailing slash. */
  restUrl: string;
  /** Maximum number of retries after a server error (5xx). Default: 3. */
  maxRetries: number;
  /** Delay before a retry, in ms. Default: 1000. */
  retryDelayMs: number;
}

const SUPPORTED: SupportedOptions = {
  strings: ["token", "owner", "organization", "baseUrl"],
  flags: [],
  numbers: ["maxRetries", "retryDelayMs"],
  // The delay between writes keeps within the rate limits of github.com, which this engine never calls.
  ignored: ["version", "insecure", "parallelRequests", "retryableErrors", "readDelayMs", "writeDelayMs", "maxPerPage"],
};

/** Validates the provider's inputs. Throws if one is missing or not supported, or is not a loopback address. */
export function readOptions(inputs: Inputs): GitHubOptions {
  const given = readProviderInputs("github provider", inputs, SUPPORTED) as Partial<
    Record<"token" | "owner" | "organization" | "baseUrl", string> &
      Record<"maxRetries" | "retryDelayMs", number>
  >;
  const baseUrl = given.baseUrl ?? "https://api.github.com/";
  requireLoopback("github provider: baseUrl", baseUrl);
  return {
    token: required("token", given.token),
    owner: required("owner", given.owner ?? given.organization),
    restUrl: `${baseUrl.replace(/\/+$/, "").replace(/\/api\/v3$/, "")}/api/v3`,
    maxRetries: given.maxRetries ?? 3,
    retryDelayMs: given.retryDelayMs ?? 1000,
  };
}

function required(key: string, value: string | undefined): string {
  if (value) return value;
  throw new Error(
    `github provider: ${key}: got none; expected a value. Set it on the provider: the engine does not read it from ` +
      "environment variables.",
  );
}
