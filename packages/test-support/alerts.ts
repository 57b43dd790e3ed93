import { Receiver } from "@gitops-platform/github-stand-in/tests/support";

/** What receives a suite's alerts: from before its tests until after them, `GITOPS_ALERTS_URL` is its address. */
export function useAlerts(): Receiver {
  const alerts = new Receiver();
  const { GITOPS_ALERTS_URL: address } = process.env;
  before(async () => {
    await alerts.start();
    process.env.GITOPS_ALERTS_URL = alerts.url;
  });
  after(async () => {
    if (address === undefined) delete process.env.GITOPS_ALERTS_URL;
    else process.env.GITOPS_ALERTS_URL = address;
    await alerts.stop();
  });
  return alerts;
}
