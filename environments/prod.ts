import type { Environment } from "./environment";

/** Production: a person approves every change, live edits are reverted, and workloads outlive the stack. */
export const prod: Environment = {
  name: "prod",
  stage: "production",
  promotesFrom: "staging",
  delivery: { sync: "manual", drift: "heal" },
  guard: "deny",
  prune: true,
  cascade: false,
  retain: true,
  protect: true,
  highAvailability: true,
  manageRepository: true,
  podSecurity: "restricted",
  quota: {
    pods: "30",
    "requests.cpu": "8",
    "requests.memory": "16Gi",
    "limits.memory": "32Gi",
  },
  operators: [],
};
