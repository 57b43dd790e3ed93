import type { Inputs } from "../../model/provider";
import { type ResourceKind, snakeCase, splitId, stringInput } from "./resource-kind";

interface Ruleset {
  id: number;
  node_id: string;
  name: string;
}

/** `github.RepositoryRuleset`; id is its number. The import id is `<repository>:<number>`. */
export const repositoryRuleset: ResourceKind = {
  inputs: ["repository", "name", "target", "enforcement", "bypassActors", "conditions", "rules"],
  required: ["repository", "name", "target", "enforcement", "rules"],
  replaceOn: ["repository"],
  computed: ["rulesetId", "nodeId"],

  async create(github, inputs) {
    const path = github.repository(stringInput(inputs, "repository"), "rulesets");
    const created = (await github.call("POST", path, rulesetBody(inputs))) as Ruleset;
    return { id: String(created.id), outputs: { ...inputs, rulesetId: created.id, nodeId: created.node_id } };
  },

  async update(github, old, inputs) {
    const path = github.repository(stringInput(inputs, "repository"), "rulesets", old.id);
    const created = (await github.call("PUT", path, rulesetBody(inputs))) as Ruleset;
    return { id: old.id, outputs: { ...inputs, rulesetId: created.id, nodeId: created.node_id } };
  },

  async read(github, id, inputs) {
    const [repository, number] = id.includes(":") ? splitId(id) : [stringInput(inputs, "repository"), id];
    const path = `${github.repository(repository, "rulesets", number)}?includes_parents=false`;
    const found = (await github.find(path)) as Ruleset | undefined;
    if (!found) return undefined;
    return {
      id: number,
      outputs: { ...inputs, repository, name: found.name, rulesetId: found.id, nodeId: found.node_id },
    };
  },

  async find(github, inputs) {
    const rulesets = (await github.list(github.repository(stringInput(inputs, "repository"), "rulesets"))) as Ruleset[];
    return rulesets.find((each) => each.name === inputs.name)?.id.toString();
  },

  async delete(github, state) {
    await github.call("DELETE", github.repository(stringInput(state.inputs, "repository"), "rulesets", state.id));
  },
};

/** A ruleset in the format of the REST API. Throws if it has a rule that is not supported. */
export function rulesetBody(inputs: Inputs): Inputs {
  const actors = (inputs.bypassActors ?? []) as { actorId?: number; actorType: string; bypassMode: string }[];
  const conditions = inputs.conditions as { refName: { includes: string[]; excludes: string[] } } | undefined;
  return {
    name: inputs.name,
    target: inputs.target,
    enforcement: inputs.enforcement,
    // Always sent: if an update omits the list, the ruleset keeps its bypass actors.
    bypass_actors: actors.map((each) => ({
      actor_id: each.actorId ?? null,
      actor_type: each.actorType,
      bypass_mode: each.bypassMode,
    })),
    ...(conditions && {
      conditions: { ref_name: { include: conditions.refName.includes, exclude: conditions.refName.excludes } },
    }),
    rules: toRules(inputs.rules as Inputs),
  };
}

/** A rule in the format of the REST API. */
export interface Rule {
  type: string;
  parameters?: Inputs;
}

/** Rules without parameters, which are on or off. */
const FLAGS: Record<string, string> = {
  creation: "creation",
  deletion: "deletion",
  nonFastForward: "non_fast_forward",
};

/** Rules with parameters. Pulumi's provider always sends all of them, with these defaults. */
const PARAMETERS: Record<string, (given: Inputs) => Inputs> = {
  pullRequest: (given) => ({
    allowed_merge_methods: given.allowedMergeMethods ?? ["merge", "squash", "rebase"],
    dismiss_stale_reviews_on_push: given.dismissStaleReviewsOnPush ?? false,
    require_code_owner_review: given.requireCodeOwnerReview ?? false,
    require_last_push_approval: given.requireLastPushApproval ?? false,
    required_approving_review_count: given.requiredApprovingReviewCount ?? 0,
    required_review_thread_resolution: given.requiredReviewThreadResolution ?? false,
    ...(given.requiredReviewers === undefined
      ? {}
      : { required_reviewers: (given.requiredReviewers as Inputs[]).map(snakeCase) }),
  }),
  requiredStatusChecks: (given) => ({
    do_not_enforce_on_create: given.doNotEnforceOnCreate ?? false,
    required_status_checks: (given.requiredChecks as Inputs[]).map(snakeCase),
    strict_required_status_checks_policy: given.strictRequiredStatusChecksPolicy ?? false,
  }),
};

/**
 * Converts the rules of a `RepositoryRuleset` to the format of the REST API. Throws if a rule is not supported.
 */
function toRules(rules: Inputs): Rule[] {
  return Object.entries(rules).flatMap(([key, value]): Rule[] => {
    if (value === undefined || value === false) return [];
    if (key === "update") return [{ type: key, parameters: { update_allows_fetch_and_merge: false } }];
    if (FLAGS[key]) return [{ type: FLAGS[key] }];
    const parameters = PARAMETERS[key];
    if (!parameters) throw new Error(`RepositoryRuleset: rules.${key}: the local engine does not support this rule.`);
    return [{ type: Object.keys(snakeCase({ [key]: true })).join(""), parameters: parameters(value as Inputs) }];
  });
}
