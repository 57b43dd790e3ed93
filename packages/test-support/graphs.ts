import { readFiles } from "@gitops-platform/components/repository/content";
import { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";

/** The default environments, and a second one of the stage production with a name that begins alike. */
export const TWO_PRODUCTIONS = new EnvironmentGraph([
  { name: "dev", stage: "development", waitsForApproval: false },
  { name: "staging", stage: "staging", promotesFrom: "dev", waitsForApproval: false },
  { name: "prod", stage: "production", promotesFrom: "staging", waitsForApproval: true },
  { name: "prod-eu", stage: "production", promotesFrom: "staging", waitsForApproval: true },
]);

/** The first values of the service `api` in these environments, by path. `prod-eu` has those of `prod`. */
export function twoProductionsValues(): Readonly<Record<string, string>> {
  const fileOf = (environment: string) => `environments/${environment}/api.yaml`;
  const first = new Map(readFiles().map(({ path, text }) => [path, text]));
  return Object.fromEntries(
    TWO_PRODUCTIONS.names.map((name) => {
      return [fileOf(name), first.get(fileOf(name === "prod-eu" ? "prod" : name)) ?? ""];
    }),
  );
}
