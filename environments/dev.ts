import type { Environment } from "./environment";

/**
 * Development: every commit to the GitOps repository is deployed at once, and the whole environment can be destroyed.
 */
export const dev: Environment = {
  name: "dev",
  stage: "development",
  delivery: { sync: "auto", drift: "heal" },
  guard: "warn",
  prune: true,
  cascade: true,
  retain: false,
  protect: false,
  highAvailability: false,
  manageRepository: false,
  podSecurity: "restricted",
  quota: {
    pods: "20",
    "requests.cpu": "2",
    "requests.memory": "4Gi",
    "limits.memory": "8Gi",
  },
  operators: [],
};
