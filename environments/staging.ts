import type { Environment } from "./environment";

/** Staging: production's configuration with lower limits, synced automatically. */
export const staging: Environment = {
  name: "staging",
  stage: "staging",
  promotesFrom: "dev",
  delivery: { sync: "auto", drift: "heal" },
  guard: "deny",
  prune: true,
  cascade: true,
  retain: false,
  protect: false,
  highAvailability: false,
  manageRepository: false,
  podSecurity: "restricted",
  quota: {
    pods: "30",
    "requests.cpu": "8",
    "requests.memory": "8Gi",
    "limits.memory": "16Gi",
  },
  operators: [],
};
