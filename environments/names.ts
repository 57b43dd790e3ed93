/** Whether Kubernetes accepts a namespace's name: an RFC 1123 label. */
export function isNamespaceName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

/** The rule of {@link isNamespaceName}, for messages. */
export const NAMESPACE_RULE =
  "an RFC 1123 label: at most 63 lower-case letters, digits and hyphens, no hyphen first or last";

/** Whether a namespace is one of the cluster's, in which no service may run. */
export function isReservedNamespace(name: string): boolean {
  return /^(argocd|default|kube-.*)$/.test(name);
}

/** Whether Argo CD reads a text as one group: its policies are lines of CSV. */
export function isGroupName(name: string): boolean {
  return /^[^\s,"'#]([^,"'\r\n]*[^\s,"'])?$/.test(name);
}

/** The rule of {@link isGroupName}, for messages. */
export const GROUP_RULE = "the name of a group, without commas, quotes and line breaks, and without spaces at its ends";

/** Whether a name is one of Argo CD's own roles or users, whose rights a group must not get. */
export function isReservedGroup(name: string): boolean {
  return /^(admin$|role:|proj:)/.test(name);
}
