import type { Inputs } from "../../provider";
import { requireLoopback } from "../loopback";
import { type KnownOptions, readProviderInputs } from "../provider-inputs";

/** How a `pulumi:providers:github` resource is configured. */
export interface GitHubOptions {
  token: string;
  /** Organisation or user that owns the repositories. */
  owner: string;
  /** Where REST calls go, without a trailing slash. */
  restUrl: string;
  /** Wait after each write, in ms. Default: 1000, which keeps github.com's secondary limits. */
  writeDelayMs: number;
  /** Repetitions of a call that the server failed (5xx). Default: 3. */
  maxRetries: number;
  /** Wait before a repetition, in ms. Default: 1000. */
  retryDelayMs: number;
}

const KNOWN: KnownOptions = {
  strings: ["token", "owner", "organization", "baseUrl"],
  flags: [],
  numbers: ["writeDelayMs", "maxRetries", "retryDelayMs"],
  ignored: ["version", "insecure", "parallelRequests", "retryableErrors", "readDelayMs", "maxPerPage"],
};

/** Reads the provider's inputs. Throws for what is missing, not supported or not a loopback address. */
export function readOptions(inputs: Inputs): GitHubOptions {
  const given = readProviderInputs("github provider", inputs, KNOWN) as Partial<
    Record<"token" | "owner" | "organization" | "baseUrl", string> &
      Record<"writeDelayMs" | "maxRetries" | "retryDelayMs", number>
  >;
  const baseUrl = given.baseUrl ?? "https://api.github.com/";
  requireLoopback("github provider: baseUrl", baseUrl);
  return {
    token: required("token", given.token),
    owner: required("owner", given.owner ?? given.organization),
    restUrl: `${baseUrl.replace(/\/+$/, "").replace(/\/api\/v3$/, "")}/api/v3`,
    writeDelayMs: given.writeDelayMs ?? 1000,
    maxRetries: given.maxRetries ?? 3,
    retryDelayMs: given.retryDelayMs ?? 1000,
  };
}

function required(key: string, value: string | undefined): string {
  if (value) return value;
  throw new Error(
    `github provider: ${key}: got none; expected a value. Set it on the provider: the environment is not read.`,
  );
}
