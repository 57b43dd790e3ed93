import assert from "node:assert/strict";
import { type Alert, sendAlert } from "../../gitops/alerts";
import { Receiver } from "../sandbox/github/support";

const alert: Alert = {
  event: "break-glass-used",
  what: "@art goes past the second person: <!channel> & co",
  service: "api",
  environment: "prod",
  url: "https://git.example/vaarak/gitops/pull/12",
};

describe("an alert", () => {
  const receiver = new Receiver();
  let said: string[];
  const session = { say: (text: string) => said.push(text) };
  before(() => receiver.start());
  after(() => receiver.stop());
  beforeEach(() => {
    said = [];
    receiver.received.length = 0;
    receiver.status = 200;
  });

  it("is posted as JSON that Slack takes, whatever people wrote, and programs read", async () => {
    await sendAlert(alert, session, receiver.url);
    assert.deepEqual(
      receiver.received.map(({ payload }) => payload),
      [
        {
          text: "prod/api: @art goes past the second person: &lt;!channel&gt; &amp; co https://git.example/vaarak/gitops/pull/12",
          event: "break-glass-used",
          service: "api",
          environment: "prod",
          url: "https://git.example/vaarak/gitops/pull/12",
        },
      ],
    );
    assert.deepEqual(said, []);
  });

  it("goes nowhere without an address", async () => {
    for (const address of [undefined, ""]) await sendAlert(alert, session, address);
    assert.deepEqual([receiver.received, said], [[], []]);
  });

  it("fails nothing where it is not received: that is said, without the address", async () => {
    receiver.status = 503;
    await sendAlert(alert, session, receiver.url);
    const gone = new Receiver();
    await gone.start();
    const { url } = gone;
    await gone.stop();
    await sendAlert(alert, session, url);
    await sendAlert(alert, session, "hook-k3y");
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
