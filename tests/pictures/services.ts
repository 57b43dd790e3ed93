import { declarationPath } from "@gitops-platform/contract/catalogue";
import { declarationText } from "@gitops-platform/contract/declaration-text";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { typed } from "../e2e/support/versions";
import { setPolicy } from "../e2e/support/delivery-policy";
import { approveAndMerge, fileOn, openRelease, proposeRendered } from "../e2e/support/people";
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
  for (const [name, tag] of Object.entries(SERVICES)) {
    files[declarationPath(name)] = declarationText({ team: "platform", groups: [], environments: environmentNames });
    for (const environment of environmentNames) {
      files[`environments/${environment}/${name}.yaml`] = (await fileOn("main", `environments/${environment}/api.yaml`))
        .replace("The API service", `The ${name} service`)
        .replace("ghcr.io/vaarak/api", `ghcr.io/vaarak/${name}`)
        .replace(/tag: "[^"]*"/, `tag: "${tag}"`);
    }
  }
  await approveAndMerge(await proposeRendered("Add four services", files));
  await reconfigure("dev", (config) => {
    const argocd = config["gitops-platform:argocd"] as Record<string, unknown>;
    argocd.notifications = alerts;
  });
  await setPolicy("dev", { sync: "auto", drift: "alert" });
  const released = Object.entries(SERVICES).map(async ([name, tag]) => {
    await openRelease(name, tag);
    await typed("approver", "approve", name);
  });
  await Promise.all(released);
  await Promise.all(environmentNames.map((environment) => applicationsHealthy(paths, environment)));
}
