import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { Ownership } from "../../environments/ownership";

/**
 * Tells the check `validate` who approves what: on `env/<name>` CODEOWNERS names these and nobody else.
 * @param options The parent, and what must stand before.
 */
export function addApproversVariable(
  { approvals }: Pick<Ownership, "approvals">,
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): void {
  if (approvals.length === 0) return;
  const value = JSON.stringify(
    Object.fromEntries(approvals.map(({ environment, approvers }) => [environment, approvers])),
  );
  new github.ActionsVariable("variable-APPROVERS", { repository, variableName: "APPROVERS", value }, options);
}
