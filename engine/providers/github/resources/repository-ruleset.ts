import type { Inputs } from "../../../provider";
import { type ResourceKind, splitId, stringInput } from "../resource-kind";
import { toRules } from "../ruleset-rules";

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
