import { z } from "zod";

const METHODS = ["merge", "squash", "rebase"] as const;
export type MergeMethod = (typeof METHODS)[number];

const plain = ["creation", "deletion", "non_fast_forward", "required_linear_history", "required_signatures"] as const;

const pullRequestParameters = z.object({
  allowed_merge_methods: z
    .array(z.enum(METHODS))
    .min(1)
    .default([...METHODS]),
  dismiss_stale_reviews_on_push: z.boolean().default(false),
  require_code_owner_review: z.boolean().default(false),
  require_last_push_approval: z.boolean().default(false),
  required_approving_review_count: z.int().min(0).max(10).default(0),
  required_review_thread_resolution: z.boolean().default(false),
  required_reviewers: z
    .array(
      z.object({
        file_patterns: z.array(z.string()).min(1),
        minimum_approvals: z.int().min(0).max(10),
        reviewer: z.object({ id: z.int(), type: z.literal("Team") }),
      }),
    )
    .max(15)
    .default([]),
});

const statusCheckParameters = z.object({
  do_not_enforce_on_create: z.boolean().default(false),
  required_status_checks: z.array(z.object({ context: z.string().min(1), integration_id: z.int().optional() })),
  strict_required_status_checks_policy: z.boolean(),
});

const mergeQueueParameters = z.object({
  check_response_timeout_minutes: z.int().min(1).max(360).default(60),
  grouping_strategy: z.enum(["ALLGREEN", "HEADGREEN"]).default("ALLGREEN"),
  max_entries_to_build: z.int().min(0).max(100).default(5),
  max_entries_to_merge: z.int().min(0).max(100).default(5),
  merge_method: z.enum(["MERGE", "SQUASH", "REBASE"]).default("MERGE"),
  min_entries_to_merge: z.int().min(0).max(100).default(1),
  min_entries_to_merge_wait_minutes: z.int().min(0).max(360).default(5),
});

const deploymentParameters = z.object({ required_deployment_environments: z.array(z.string()) });

/** Parameters of the `required_deployments` rule. */
export type DeploymentParameters = z.infer<typeof deploymentParameters>;
/** Parameters of the `pull_request` rule. */
export type PullRequestParameters = z.infer<typeof pullRequestParameters>;
/** Parameters of the `required_status_checks` rule. */
export type StatusCheckParameters = z.infer<typeof statusCheckParameters>;

const ruleSchema = z.discriminatedUnion("type", [
  z.object({ type: z.enum(plain) }),
  z.object({
    type: z.literal("update"),
    parameters: z.object({ update_allows_fetch_and_merge: z.boolean().default(false) }).optional(),
  }),
  z.object({ type: z.literal("pull_request"), parameters: pullRequestParameters.prefault({}) }),
  z.object({ type: z.literal("required_status_checks"), parameters: statusCheckParameters }),
  z.object({ type: z.literal("merge_queue"), parameters: mergeQueueParameters.prefault({}) }),
  z.object({ type: z.literal("required_deployments"), parameters: deploymentParameters }),
]);

/** Whether a kind of rule is enforced here. */
export function isRule(type: string): boolean {
  return ruleSchema.options.some(({ shape }) => shape.type.safeParse(type).success);
}

/** A rule that is enforced here. */
export type Rule =
  | { type: (typeof plain)[number] | "update" }
  | { type: "merge_queue"; parameters: z.infer<typeof mergeQueueParameters> }
  | { type: "required_deployments"; parameters: DeploymentParameters }
  | { type: "pull_request"; parameters: PullRequestParameters }
  | { type: "required_status_checks"; parameters: StatusCheckParameters };

const bypassActorSchema = z.object({
  actor_id: z.int().nullable().optional(),
  actor_type: z.enum(["Integration", "OrganizationAdmin", "RepositoryRole", "Team", "DeployKey", "User"]),
  bypass_mode: z.enum(["always", "pull_request", "exempt"]).default("always"),
});

/** An actor that can bypass a ruleset. */
export type BypassActor = z.infer<typeof bypassActorSchema>;

/** The body of a request that creates or changes a ruleset. */
export const rulesetSchema = z.object({
  name: z.string().min(1),
  target: z.enum(["branch", "tag"]).default("branch"),
  enforcement: z.enum(["disabled", "active", "evaluate"]),
  bypass_actors: z.array(bypassActorSchema).default([]),
  conditions: z
    .object({
      ref_name: z
        .object({ include: z.array(z.string()).default([]), exclude: z.array(z.string()).default([]) })
        .default({ include: [], exclude: [] }),
    })
    .default({ ref_name: { include: [], exclude: [] } }),
  rules: z.array(ruleSchema).default([]),
});

/** A ruleset as it is stored. */
export interface Ruleset {
  name: string;
  target: "branch" | "tag";
  /** `evaluate` and `disabled` reject nothing. */
  enforcement: "disabled" | "active" | "evaluate";
  bypassActors: BypassActor[];
  conditions: { ref_name: { include: string[]; exclude: string[] } };
  rules: Rule[];
}
