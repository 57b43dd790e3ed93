import type { Inputs } from "../../../provider";
import { type ResourceKind, snakeCase, splitId, stringInput } from "../resource-kind";
import type { GitHub } from "../rest";

interface Reviewers {
  users?: number[];
  teams?: number[];
}

/** `github.RepositoryEnvironment`; id `<repository>:<environment>`. */
export const repositoryEnvironment: ResourceKind = {
  inputs: [
    "repository",
    "environment",
    "waitTimer",
    "canAdminsBypass",
    "preventSelfReview",
    "reviewers",
    "deploymentBranchPolicy",
  ],
  required: ["repository", "environment"],
  defaults: { canAdminsBypass: true, preventSelfReview: false },
  replaceOn: ["repository", "environment"],
  computed: ["repositoryId"],

  async create(github, inputs) {
    const id = `${stringInput(inputs, "repository")}:${stringInput(inputs, "environment")}`;
    return put(github, id, inputs);
  },

  update: async (github, old, inputs) => put(github, old.id, inputs),

  async read(github, id, inputs) {
    const [repository, environment] = splitId(id);
    const found = await github.find(pathOf(github, id));
    return found === undefined ? undefined : { id, outputs: { ...inputs, repository, environment } };
  },

  find: (_github, inputs) =>
    Promise.resolve(`${stringInput(inputs, "repository")}:${stringInput(inputs, "environment")}`),

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, state.id));
  },
};

async function put(github: GitHub, id: string, inputs: Inputs): Promise<{ id: string; outputs: Inputs }> {
  const reviewers = ((inputs.reviewers ?? []) as Reviewers[]).flatMap(({ users = [], teams = [] }) => [
    ...users.map((each) => ({ type: "User", id: each })),
    ...teams.map((each) => ({ type: "Team", id: each })),
  ]);
  await github.call("PUT", pathOf(github, id), {
    wait_timer: inputs.waitTimer ?? 0,
    can_admins_bypass: inputs.canAdminsBypass,
    prevent_self_review: inputs.preventSelfReview,
    reviewers,
    // To GitHub, null means any branch.
    deployment_branch_policy: inputs.deploymentBranchPolicy ? snakeCase(inputs.deploymentBranchPolicy as Inputs) : null,
  });
  return { id, outputs: inputs };
}

function pathOf(github: GitHub, id: string): string {
  const [repository, environment] = splitId(id);
  return github.repository(repository, "environments", encodeURIComponent(environment));
}
