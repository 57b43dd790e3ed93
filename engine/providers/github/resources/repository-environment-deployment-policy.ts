import type { Applied, Inputs } from "../../../provider";
import { type ResourceKind, stringInput } from "../resource-kind";
import type { GitHub } from "../rest";

interface Policy {
  id: number;
  name: string;
}

/**
 * `github.RepositoryEnvironmentDeploymentPolicy` for branches; id `<repository>:<environment>:<number>`, with `:` in
 * the environment escaped as `??`.
 */
export const repositoryEnvironmentDeploymentPolicy: ResourceKind = {
  inputs: ["repository", "environment", "branchPattern"],
  required: ["repository", "environment", "branchPattern"],
  replaceOn: ["repository", "environment"],
  computed: ["policyId"],

  async create(github, inputs) {
    const ref = { repository: stringInput(inputs, "repository"), environment: stringInput(inputs, "environment") };
    const body = { name: inputs.branchPattern, type: "branch" };
    const created = (await github.call("POST", pathOf(github, ref), body)) as Policy;
    return applied({ ...ref, number: String(created.id) }, inputs);
  },

  async update(github, old, inputs) {
    const ref = parseId(old.id);
    await github.call("PUT", pathOf(github, ref), { name: inputs.branchPattern });
    return applied(ref, inputs);
  },

  async read(github, id, inputs) {
    const ref = parseId(id);
    const found = (await github.find(pathOf(github, ref))) as Policy | undefined;
    if (!found) return undefined;
    const { repository, environment } = ref;
    return applied(ref, { ...inputs, repository, environment, branchPattern: found.name });
  },

  async find(github, inputs) {
    const ref = { repository: stringInput(inputs, "repository"), environment: stringInput(inputs, "environment") };
    // One page is enough for the policies of one program.
    const list = (await github.find(`${pathOf(github, ref)}?per_page=100`)) as
      { branch_policies: Policy[] } | undefined;
    const found = list?.branch_policies.find(({ name }) => name === inputs.branchPattern);
    return found && idOf({ ...ref, number: String(found.id) });
  },

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, parseId(state.id)));
  },
};

interface PolicyRef {
  repository: string;
  environment: string;
  /** Unset for the list of all policies. */
  number?: string;
}

function applied(ref: PolicyRef & { number: string }, inputs: Inputs): Applied {
  return { id: idOf(ref), outputs: { ...inputs, policyId: Number(ref.number) } };
}

function pathOf(github: GitHub, { repository, environment, number }: PolicyRef): string {
  const list = github.repository(
    repository,
    "environments",
    encodeURIComponent(environment),
    "deployment-branch-policies",
  );
  return number === undefined ? list : `${list}/${number}`;
}

function idOf({ repository, environment, number }: PolicyRef & { number: string }): string {
  return [repository, environment.replaceAll(":", "??"), number].join(":");
}

function parseId(id: string): PolicyRef & { number: string } {
  const [repository = "", environment = "", number = ""] = id.split(":");
  return { repository, environment: environment.replaceAll("??", ":"), number };
}
