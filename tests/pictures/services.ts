import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { typed } from "../e2e/support/versions";
import { fileOn, merge, openRelease, propose } from "../e2e/support/people";
import { paths, reconfigure } from "../e2e/support/platform";

/** What there is beside the API service, with what each runs. */
const SERVICES = {
  checkout: "sha-3f9d2a1",
  mail: "sha-77c0e4b",
  orders: "sha-b81e5d0",
  search: "v2.14.0",
};

/**
 * Makes the sandbox's platform one of several services, as a service team and an approver do.
 * @param alerts Where dev's alerts go: there drift is told and stays, so that it can be seen.
 */
export async function addServices(alerts: string): Promise<void> {
  const files: Record<string, string> = {};
  for (const environment of environmentNames) {
    const api = await fileOn("main", `environments/${environment}/api.yaml`);
    for (const [name, tag] of Object.entries(SERVICES)) {
      files[`environments/${environment}/${name}.yaml`] = api
        .replace("The API service", `The ${name} service`)
        .replace("ghcr.io/vaarak/api", `ghcr.io/vaarak/${name}`)
        .replace(/tag: "[^"]*"/, `tag: "${tag}"`);
    }
  }
  await merge("developer", await propose({ by: "developer", base: "main", title: "Add four services", files }));
  const services = ["api", ...Object.keys(SERVICES)].map((name) => ({ name }));
  const configured = environmentNames.map((environment) =>
    reconfigure(environment, (config) => {
      config["gitops-platform:services"] = services;
      if (environment !== "dev") return;
      const argocd = config["gitops-platform:argocd"] as Record<string, unknown>;
      argocd.notifications = alerts;
      config["gitops-platform:delivery"] = { sync: "auto", drift: "alert" };
    }),
  );
  const released = Object.entries(SERVICES).map(async ([name, tag]) => {
    await openRelease(name, tag);
    await typed("approver", "approve", name);
  });
  await Promise.all([...configured, ...released]);
  await Promise.all(environmentNames.map((environment) => applicationsHealthy(paths, environment)));
}
