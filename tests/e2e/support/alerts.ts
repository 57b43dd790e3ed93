import { readFileSync } from "node:fs";
import type { ReceivedAlert } from "@gitops-platform/sandbox/alerts/receiver";
import { until } from "@gitops-platform/clients/until";
import { paths } from "./platform";

/** All alerts that the sandbox's receiver has recorded, oldest first. */
export function alerts(): ReceivedAlert[] {
  const lines = readFileSync(paths.alerts, "utf8").trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as ReceivedAlert);
}

/** The alerts about releases with one page's URL, as programs read them, in the order of arrival. */
export function alertsAbout(url: string): Record<string, unknown>[] {
  const messages = alerts().flatMap(({ from, message }) => (from === "releases" ? [message] : []));
  return messages.filter((message) => message.url === url);
}

/**
 * Waits for an alert whose text matches a pattern.
 * @param from the sender: `argocd/dev`, `releases`
 * @param after how many of the recorded alerts to skip; default: none
 */
export function alerted(from: string, pattern: RegExp, after = 0): Promise<ReceivedAlert> {
  return until<ReceivedAlert>(`an alert from ${from} that matches ${String(pattern)}`, () => {
    const heard = alerts().slice(after);
    const found = heard.find((alert) => alert.from === from && pattern.test(String(alert.message.text)));
    const others = heard.map(({ message }) => String(message.text)).join(" | ");
    return Promise.resolve(found ? { done: found } : { waitingFor: others || "there is no alert" });
  });
}
