import type { Identity } from "@gitops-platform/environments/settings/guard";
import { ARGOCD_NAMESPACE } from "../../argocd/installation";
import { isFrom, text } from "./cel";

/**
 * The cluster's own components, which the guard must not restrict: without them a Deployment creates no pods, and a
 * namespace is never deleted. They are recognised by identities that only the cluster's certificates and tokens prove.
 * Labels and field managers prove nothing, because a request sets them itself.
 */
const THE_CLUSTER: readonly Identity[] = [
  // The API server's requests to itself: it counts quotas and creates the objects of every new cluster.
  { user: "system:apiserver" },
  // The built-in controllers, if the controller manager uses its own identity for all of them.
  { user: "system:kube-controller-manager" },
  // The scheduler binds pods to nodes.
  { user: "system:kube-scheduler" },
  // Kubelets report pods, delete evicted ones, and fetch their tokens. The node authorizer keeps each to its own pods.
  { group: "system:nodes" },
  // The built-in controllers with their own identities: Deployments, ReplicaSets, autoscalers, endpoints, quotas,
  // namespaces, the garbage collector. The whole of kube-system, because their names change between versions of
  // Kubernetes, and anyone who may run a pod there can get any of their permissions anyway.
  { group: "system:serviceaccounts:kube-system" },
];

/** The condition for checking a request: it does not come from the cluster's own components. */
export const NOT_THE_CLUSTER = { name: "not-the-cluster-itself", expression: `!(${isFrom(THE_CLUSTER)})` };

/** Argo CD's controller, which creates, heals and prunes what Git declares. */
export const ARGOCD_CONTROLLER = `system:serviceaccount:${ARGOCD_NAMESPACE}:argocd-application-controller`;

/** Argo CD's API server, which acts on behalf of people with its own identity, so it may do no more than people. */
export const ARGOCD_SERVER = `system:serviceaccount:${ARGOCD_NAMESPACE}:argocd-server`;

/** The prefix of the names of Argo CD's service accounts, and of its labels `app.kubernetes.io/name`. */
export const ARGOCDS = "argocd-";

const PROCESSES = `system:serviceaccount:${ARGOCD_NAMESPACE}:${ARGOCDS}`;

/**
 * Whether the request comes from one of Argo CD's processes, which store Applications, settings and caches in Argo CD's
 * namespace. Not every service account of the namespace counts, because others may create service accounts there.
 */
export const IS_ARGOCD = `request.userInfo.username.startsWith(${text(PROCESSES)})`;
