/**
 * Whether two texts are alike but for the hosts that they name: in addresses such as `postgres://app@db.example/app`,
 * or as lists of hosts, each with a domain or as an IPv4 address, and with or without a port. User names, ports and
 * paths count.
 */
export function sameButHosts(one: unknown, other: unknown): boolean {
  return typeof one === "string" && typeof other === "string" && withoutHosts(one) === withoutHosts(other);
}

const AUTHORITY = /(:\/\/(?:[^\s/?#@]*@)?)([^\s/?#@]+)/g;
const HOST = /^[a-z0-9][a-z0-9.-]*(?=:\d{1,5}$|$)/;
/** One word alone may be anything: `debug`, `eu`. */
const FULL_HOST = /^(?:(?:[a-z0-9-]+\.)+[a-z]{2,}|(?:\d{1,3}\.){3}\d{1,3})(?=:\d{1,5}$|$)/;

function withoutHosts(text: string): string {
  const stripped = (list: string, host: RegExp) =>
    list
      .split(",")
      .map((part) => part.replace(host, "*"))
      .join(",");
  if (!text.includes("://")) return stripped(text, FULL_HOST);
  return text.replace(AUTHORITY, (_, start: string, authority: string) => start + stripped(authority, HOST));
}
