import { type Inputs, UNKNOWN } from "../../provider";
import { requireLoopback } from "../loopback";

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

const STRINGS = ["token", "owner", "organization", "baseUrl"];
const NUMBERS = ["writeDelayMs", "readDelayMs", "maxRetries", "retryDelayMs", "maxPerPage"];
/** Options that ask for nothing that this engine would do otherwise. */
const HARMLESS = ["version", "insecure", "parallelRequests", "retryableErrors"];

/** Reads the provider's inputs. Throws for what is missing, not supported or not a loopback address. */
export function readOptions(inputs: Inputs): GitHubOptions {
  for (const [key, value] of Object.entries(inputs)) {
    if (value === undefined || HARMLESS.includes(key)) continue;
    const place = `github provider: ${key}`;
    if (value === UNKNOWN) throw new Error(`${place}: is not known in a preview; expected a value from configuration.`);
    const expected = STRINGS.includes(key) ? "string" : NUMBERS.includes(key) ? "number" : undefined;
    if (!expected)
      throw new Error(`${place}: the local engine does not support this option. Remove it, or use the Pulumi CLI.`);
    if (typeof value !== expected) throw new Error(`${place}: got ${typeof value}; expected a ${expected}.`);
  }
  const given = inputs as Partial<Record<string, string>> &
    Partial<Record<"writeDelayMs" | "maxRetries" | "retryDelayMs", number>>;
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
