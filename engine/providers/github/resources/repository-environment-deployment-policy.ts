import type { Applied, Inputs } from "../../../provider";
import { type ResourceKind, text } from "../resource-kind";
import type { GitHub } from "../rest";

interface Policy {
  id: number;
  name: string;
}

/**
 * `github.RepositoryEnvironmentDeploymentPolicy` for branches; id `<repository>:<environment>:<number>`, a `:` in the
 * environment written as `??`.
 */
export const repositoryEnvironmentDeploymentPolicy: ResourceKind = {
  inputs: ["repository", "environment", "branchPattern"],
  required: ["repository", "environment", "branchPattern"],
  replaceOn: ["repository", "environment"],
  computed: ["policyId"],

  async create(github, inputs) {
    const place = { repository: text(inputs, "repository"), environment: text(inputs, "environment") };
    const body = { name: inputs.branchPattern, type: "branch" };
    const made = (await github.call("POST", pathOf(github, place), body)) as Policy;
    return applied({ ...place, number: String(made.id) }, inputs);
  },

  async update(github, old, inputs) {
    const place = parseId(old.id);
    await github.call("PUT", pathOf(github, place), { name: inputs.branchPattern });
    return applied(place, inputs);
  },

  async read(github, id, inputs) {
    const place = parseId(id);
    const found = (await github.find(pathOf(github, place))) as Policy | undefined;
    if (!found) return undefined;
    const { repository, environment } = place;
    return applied(place, { ...inputs, repository, environment, branchPattern: found.name });
  },

  async find(github, inputs) {
    const place = { repository: text(inputs, "repository"), environment: text(inputs, "environment") };
    // One page is enough for what one program makes.
    const list = (await github.find(`${pathOf(github, place)}?per_page=100`)) as
      { branch_policies: Policy[] } | undefined;
    const found = list?.branch_policies.find(({ name }) => name === inputs.branchPattern);
    return found && idOf({ ...place, number: String(found.id) });
  },

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, parseId(state.id)));
  },
};

interface Place {
  repository: string;
  environment: string;
  /** Undefined for the list of all of them. */
  number?: string;
}

function applied(place: Place & { number: string }, inputs: Inputs): Applied {
  return { id: idOf(place), outputs: { ...inputs, policyId: Number(place.number) } };
}

function pathOf(github: GitHub, { repository, environment, number }: Place): string {
  const list = github.repository(
    repository,
    "environments",
    encodeURIComponent(environment),
    "deployment-branch-policies",
  );
  return number === undefined ? list : `${list}/${number}`;
}

function idOf({ repository, environment, number }: Place & { number: string }): string {
  return [repository, environment.replaceAll(":", "??"), number].join(":");
}

function parseId(id: string): Place & { number: string } {
  const [repository = "", environment = "", number = ""] = id.split(":");
  return { repository, environment: environment.replaceAll("??", ":"), number };
}
