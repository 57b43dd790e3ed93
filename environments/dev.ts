import type { Environment } from "./environment";

/** Development: every commit to the GitOps repository deploys at once, and the whole environment can go at once. */
export const dev: Environment = {
  name: "dev",
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
