import { until } from "@gitops-platform/clients/until";
import { DELIVERY_POLICY_PATH } from "@gitops-platform/contract/catalogue";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";
import { approveAndMerge, fileOn, proposeRendered } from "./people";
import { cluster, reconfigure } from "./platform";

/**
 * Changes an environment's delivery policy, as docs/operating.md says: in its stack, and in the catalogue by a pull
 * request. Waits until the services' Applications have it.
 */
export async function setPolicy(environment: EnvironmentName, delivery: DeliveryPolicy): Promise<void> {
  const up = () =>
    reconfigure(environment, (config) => {
      config["gitops-platform:delivery"] = delivery;
    });
  // The Application of the catalogue has the policy too, and waits for a person if it is manual.
  if (delivery.sync === "auto") await up();
  await bringToCatalogue(environment, delivery);
  if (delivery.sync === "manual") await up();
}

async function bringToCatalogue(environment: EnvironmentName, { sync, drift }: DeliveryPolicy): Promise<void> {
  const before = await fileOn("main", DELIVERY_POLICY_PATH);
  const after = before.replace(
    new RegExp(`^(  ${environment}:\\n    delivery: ).*$`, "m"),
    `$1{ sync: "${sync}", drift: "${drift}" }`,
  );
  if (after !== before) {
    const title = `Deliver ${environment} by ${sync} and ${drift}`;
    await approveAndMerge(await proposeRendered(title, { [DELIVERY_POLICY_PATH]: after }));
  }
  const ref = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
  await until(`api in ${environment} is delivered by ${sync} and ${drift}`, async () => {
    const { spec } = ((await cluster(environment).get(ref)) ?? {}) as {
      spec?: { syncPolicy?: { automated?: { selfHeal?: boolean } } };
    };
    const automated = spec?.syncPolicy?.automated;
    const isSet =
      sync === "manual" ? automated === undefined : automated && (automated.selfHeal ?? false) === (drift === "heal");
    return isSet ? { done: true } : { waitingFor: JSON.stringify(spec?.syncPolicy) };
  });
}
