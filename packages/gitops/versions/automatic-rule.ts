/** The key of the rule in `gitops.yaml` that lets an environment get versions without a person's request. */
export function automaticRule(environment: string): string {
  return `promotion.${environment}`;
}
