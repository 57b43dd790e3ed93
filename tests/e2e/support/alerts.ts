import { readFileSync } from "node:fs";
import type { ReceivedAlert } from "../../../sandbox/alerts/receiver";
import { until } from "../../../sandbox/until";
import { paths } from "./platform";

/** What the sandbox's receiver was told so far, oldest first: the file that `npm start` names. */
export function alerts(): ReceivedAlert[] {
  const lines = readFileSync(paths.alerts, "utf8").trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as ReceivedAlert);
}

/** The releases' alerts about one page, as programs read them, in the order of arrival. */
export function alertsAbout(url: string): Record<string, unknown>[] {
  const messages = alerts().flatMap(({ from, message }) => (from === "releases" ? [message] : []));
  return messages.filter((message) => message.url === url);
}

/**
 * Waits until somebody sends an alert whose text is like a pattern.
 * @param from The sender: `argocd/dev`, `releases`.
 * @param after How many alerts of all are passed over. Default: none.
 */
export function alerted(from: string, pattern: RegExp, after = 0): Promise<ReceivedAlert> {
  return until<ReceivedAlert>(`an alert of ${from} like ${String(pattern)}`, () => {
    const heard = alerts().slice(after);
    const found = heard.find((alert) => alert.from === from && pattern.test(String(alert.message.text)));
    const others = heard.map(({ message }) => String(message.text)).join(" | ");
    return Promise.resolve(found ? { done: found } : { waitingFor: others || "nothing was heard" });
  });
}
