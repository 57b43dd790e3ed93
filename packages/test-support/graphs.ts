import { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";

/** The default environments, and a second one of the stage production with a name that begins alike. */
export const TWO_PRODUCTIONS = new EnvironmentGraph([
  { name: "dev", stage: "development", waitsForApproval: false },
  { name: "staging", stage: "staging", promotesFrom: "dev", waitsForApproval: false },
  { name: "prod", stage: "production", promotesFrom: "staging", waitsForApproval: true },
  { name: "prod-eu", stage: "production", promotesFrom: "staging", waitsForApproval: true },
]);
