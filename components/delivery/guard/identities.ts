import type { Identity } from "../../../environments/settings/guard";
import { ARGOCD_NAMESPACE } from "../../argocd/installation";
import { isFrom, text } from "./cel";

/**
 * The cluster itself, which no policy looks at: without these a Deployment makes no pods and a namespace never goes.
 * Each is told by an identity that only the cluster's own certificates and tokens give. Labels and field managers are
 * what a request says of itself.
 */
const THE_CLUSTER: readonly Identity[] = [
  // The API server's requests to itself: it counts quotas and makes what every cluster begins with.
  { user: "system:apiserver" },
  // The built-in controllers, where the controller manager acts by its own name.
  { user: "system:kube-controller-manager" },
  // The scheduler binds pods to nodes.
  { user: "system:kube-scheduler" },
  // Kubelets report pods, delete evicted ones, and fetch their tokens. The node authorizer keeps each to its own pods.
  { group: "system:nodes" },
  // The built-in controllers by their names: Deployments, ReplicaSets, autoscalers, endpoints, quotas, namespaces, the
  // garbage collector. All of kube-system, because their names change with Kubernetes' versions, and anyone who may run
  // a pod there can have any of their rights.
  { group: "system:serviceaccounts:kube-system" },
];

/** The condition under which a policy looks at a request at all. */
export const NOT_THE_CLUSTER = { name: "not-the-cluster-itself", expression: `!(${isFrom(THE_CLUSTER)})` };

/** Applies what Git says: creates, heals and prunes. */
export const ARGOCD_CONTROLLER = `system:serviceaccount:${ARGOCD_NAMESPACE}:argocd-application-controller`;

/** Does in its own name what people ask of it in Argo CD's page and command, so it may do no more than people. */
export const ARGOCD_SERVER = `system:serviceaccount:${ARGOCD_NAMESPACE}:argocd-server`;

/** How the names of Argo CD's service accounts begin, and its labels `app.kubernetes.io/name`. */
export const ARGOCDS = "argocd-";

const PROCESSES = `system:serviceaccount:${ARGOCD_NAMESPACE}:${ARGOCDS}`;

/**
 * Whether one of Argo CD's processes asks, which keep Applications, settings and their caches in Argo CD's namespace.
 * Other service accounts may be made there by anybody, so not the whole namespace is meant.
 */
export const IS_ARGOCD = `request.userInfo.username.startsWith(${text(PROCESSES)})`;
