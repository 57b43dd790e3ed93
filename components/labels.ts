/** The label that names an object's environment. By it the platform's own Applications are told from others. */
export const ENVIRONMENT_LABEL = "gitops-platform/environment";

/** By this annotation Argo CD knows its objects: `<application>:<group>/<kind>:<namespace>/<name>`. */
export const TRACKING_ANNOTATION = "argocd.argoproj.io/tracking-id";

/**
 * The end of that annotation's value, which names the object after its Application and group: as parts to join.
 * @param text Makes a part of a text, in the language that the other parts are in.
 */
export function trackedObject(
  text: (value: string) => string,
  { kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string },
): string[] {
  return [text("/"), kind, text(":"), namespace, text("/"), name];
}
