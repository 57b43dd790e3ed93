import assert from "node:assert/strict";
import { type Alert, sendAlert } from "../alerts";
import { readInvocation } from "../identity";
import { Receiver } from "@gitops-platform/github-stand-in/tests/support";

const alert: Alert = {
  event: "break-glass-used",
  what: "@art uses break-glass: <!channel> & co",
  service: "api",
  environment: "prod",
  url: "https://git.example/vaarak/gitops/pull/12",
};

describe("an alert", () => {
  const receiver = new Receiver();
  let said: string[];
  const to = (alertsUrl: string | undefined) => ({ alertsUrl, log: (text: string) => said.push(text) });
  before(() => receiver.start());
  after(() => receiver.stop());
  beforeEach(() => {
    said = [];
    receiver.received.length = 0;
    receiver.status = 200;
  });

  it("is posted as JSON for Slack and for programs, with escaped text", async () => {
    await sendAlert(alert, to(receiver.url));
    assert.deepEqual(
      receiver.received.map(({ payload }) => payload),
      [
        {
          text: "prod/api: @art uses break-glass: &lt;!channel&gt; &amp; co https://git.example/vaarak/gitops/pull/12",
          event: "break-glass-used",
          service: "api",
          environment: "prod",
          url: "https://git.example/vaarak/gitops/pull/12",
        },
      ],
    );
    assert.deepEqual(said, []);
  });

  it("escapes names too, because writers choose those of branches", async () => {
    await sendAlert({ ...alert, service: "<!channel>", environment: "a&b" }, to(receiver.url));
    assert.match(String(receiver.received[0]?.payload.text), /^a&amp;b\/&lt;!channel&gt;: @art /);
  });

  it("is not sent without a URL", async () => {
    for (const GITOPS_ALERTS_URL of [undefined, ""]) {
      await sendAlert(alert, to(readInvocation({ GITOPS_ALERTS_URL }).alertsUrl));
    }
    assert.deepEqual([receiver.received, said], [[], []]);
  });

  it("does not fail the command if it is not received, and logs that without the URL", async () => {
    receiver.status = 503;
    await sendAlert(alert, to(receiver.url));
    const gone = new Receiver();
    await gone.start();
    const { url } = gone;
    await gone.stop();
    await sendAlert(alert, to(url));
    await sendAlert(alert, to("hook-k3y"));
    assert.deepEqual(
      said.map((text) => text.replace(/^The alert break-glass-used was not received: GITOPS_ALERTS_URL /, "")),
      [
        "answered 503; expected 2xx. Check the secret ALERTS_URL.",
        "cannot be reached (ECONNREFUSED). Check the secret ALERTS_URL.",
        "cannot be reached (ERR_INVALID_URL). Check the secret ALERTS_URL.",
      ],
    );
  });
});
