import { isIP } from "node:net";

/** Whether a URL points to this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/**
 * Throws if a URL does not point to this machine.
 * @param key The setting that contains the URL, for the error message.
 */
export function requireLoopback(key: string, url: string): void {
  if (isLoopback(url)) return;
  throw new Error(
    `${key}: got ${url}; expected an address of this machine (127.0.0.1, ::1 or localhost). ` +
      "The local engine is only for the sandbox and for reviews: use the Pulumi CLI otherwise.",
  );
}
