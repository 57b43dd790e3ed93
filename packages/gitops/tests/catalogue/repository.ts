import { deliveryFile } from "@gitops-platform/components/repository/delivery-file";
import { DELIVERY_POLICY_PATH } from "@gitops-platform/contract/catalogue";
import { environments, graph } from "@gitops-platform/environments/environments";
import { parseDeclarations } from "../../catalogue/declaration";
import { deliveryFiles } from "../../catalogue/delivery";

/** How the tests' services are delivered. */
export const POLICY = { repositoryUrl: "https://github.com/vaarak/gitops.git", environments };

/** The policy as a file. */
export const POLICY_FILE = { [DELIVERY_POLICY_PATH]: deliveryFile(POLICY).text };

/** Two services in one namespace, one of them retired in prod. */
export const SERVICES: Readonly<Record<string, string>> = {
  "services/api.yaml": "team: payments\njoins: web\nenvironments: [dev]\n",
  "services/web.yaml": "team: payments\nnamespace: shop\nenvironments: [dev, staging]\nretired: [prod]\n",
};

/** The values of those services: what is in them does not matter here. */
export const VALUES: Readonly<Record<string, string>> = {
  "environments/dev/api.yaml": "a: 1\n",
  "environments/dev/web.yaml": "a: 1\n",
  "environments/staging/web.yaml": "a: 1\n",
};

/** What declarations give in some environments. */
export function rendered(
  services: Readonly<Record<string, string>>,
  names: readonly string[] = graph.followingMain,
): Record<string, string> {
  const { declarations } = parseDeclarations(new Map(Object.entries(services)), graph);
  return Object.fromEntries(names.flatMap((name) => [...deliveryFiles(name, declarations, POLICY)]));
}
