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

/** A text that Argo CD reads as one group: its policies are lines of CSV. */
export const GROUP_NAME = /^[^\s,"'#]([^,"'\r\n]*[^\s,"'])?$/;

/** Whether a text is a {@link GROUP_NAME}. */
export function isGroupName(name: string): boolean {
  return GROUP_NAME.test(name);
}

/** The rule of {@link isGroupName}, for messages. */
export const GROUP_RULE = "the name of a group, without commas, quotes and line breaks, and without spaces at its ends";

/** Argo CD's own roles and users, whose rights a group must not get. */
export const RESERVED_GROUP = /^(admin$|role:|proj:)/;

/** Whether a name is a {@link RESERVED_GROUP}. */
export function isReservedGroup(name: string): boolean {
  return RESERVED_GROUP.test(name);
}
