import { type ResourceKind, stringInput } from "../resource-kind";
import type { GitHub } from "../rest";

/**
 * `github.BranchDefault`; id is the repository's name. A deletion does not change the default branch, because a
 * repository must have one.
 */
export const branchDefault: ResourceKind = {
  inputs: ["repository", "branch"],
  required: ["repository", "branch"],
  replaceOn: ["repository"],
  computed: ["repositoryId"],

  async create(github, inputs) {
    const repository = stringInput(inputs, "repository");
    return {
      id: repository,
      outputs: { ...inputs, repositoryId: await setDefault(github, repository, inputs.branch) },
    };
  },

  async update(github, old, inputs) {
    return { id: old.id, outputs: { ...inputs, repositoryId: await setDefault(github, old.id, inputs.branch) } };
  },

  async read(github, id, inputs) {
    const found = (await github.find(github.repository(id))) as { id: number; default_branch: string } | undefined;
    if (!found) return undefined;
    return { id, outputs: { ...inputs, repository: id, branch: found.default_branch, repositoryId: found.id } };
  },

  find: (_github, inputs) => Promise.resolve(stringInput(inputs, "repository")),

  delete: () => Promise.resolve(),
};

async function setDefault(github: GitHub, repository: string, branch: unknown): Promise<number> {
  return ((await github.call("PATCH", github.repository(repository), { default_branch: branch })) as { id: number }).id;
}
