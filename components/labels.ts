/** The label that names an object's environment. It distinguishes the platform's own Applications from others. */
export const ENVIRONMENT_LABEL = "gitops-platform/environment";

/**
 * The label that names the service of an Application, and the one that owns a namespace. Subscriptions of notifications
 * can select only by labels.
 */
export const SERVICE_LABEL = "gitops-platform/service";

/**
 * The annotation with which the platform lets the catalogue take an object over. Its value is the catalogue's name. The
 * tracking annotation would not do: Argo CD deletes a namespace that has it and is not declared yet.
 */
export const HANDOVER_ANNOTATION = "gitops-platform/handover";

/** The annotation by which Argo CD tracks its objects: `<application>:<group>/<kind>:<namespace>/<name>`. */
export const TRACKING_ANNOTATION = "argocd.argoproj.io/tracking-id";

/**
 * The end of that annotation's value, after the Application and the group, as parts to concatenate.
 * @param literal Encodes a literal string in the language of the other parts.
 */
export function trackedObject(
  literal: (value: string) => string,
  { kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string },
): string[] {
  return [literal("/"), kind, literal(":"), namespace, literal("/"), name];
}
