import assert from "node:assert/strict";
import { sendAlert } from "@gitops-platform/gitops/alerts";
import { type AlertReceiver, type ReceivedAlert, receiveAlerts } from "../../alerts/receiver";

describe("the alert receiver", () => {
  let receiver: AlertReceiver;
  let kept: ReceivedAlert[] = [];
  beforeEach(async () => {
    kept = [];
    receiver = await receiveAlerts({ port: 0, onAlert: (alert) => kept.push(alert) });
  });
  afterEach(() => receiver.close());

  it("records what `gitops` sends, with sender and time", async () => {
    const logged: string[] = [];
    const alert = { what: "It waits.", service: "api", environment: "prod", url: "https://host.example/1" };
    const sent = { event: "waiting-for-approval" as const, ...alert };
    await sendAlert(sent, { log: (text) => logged.push(text), alertsUrl: `${receiver.url}/releases` });
    assert.deepEqual(logged, []);
    const text = "prod/api: It waits. https://host.example/1";
    const { event, service, environment, url } = sent;
    const message = { text, event, service, environment, url };
    assert.deepEqual(
      kept.map(({ from, message: got }) => ({ from, message: got })),
      [{ from: "releases", message }],
    );
    assert.ok(Date.parse(kept[0]?.at ?? "") > 0);
  });

  const refused: [what: string, body: string, type: string, status: number][] = [
    ["no text", '{"event": "x"}', "application/json", 400],
    ["a list", "[]", "application/json", 400],
    ["invalid JSON", "{", "application/json", 400],
    ["a form", "text=x", "application/x-www-form-urlencoded", 415],
    ["too much", JSON.stringify({ text: "x".repeat(65_536) }), "application/json", 413],
  ];
  for (const [what, body, type, status] of refused) {
    it(`responds with ${status} to ${what}, and records nothing`, async () => {
      const response = await fetch(receiver.url, { method: "POST", headers: { "content-type": type }, body });
      assert.deepEqual([response.status, kept], [status, []]);
    });
  }
});
