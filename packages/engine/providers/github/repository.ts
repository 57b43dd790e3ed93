import { AlreadyExistsError, type Applied, type Inputs } from "../../model/provider";
import { type ResourceKind, snakeCase, stringInput } from "./resource-kind";
import { type GitHub, GitHubError } from "./rest";

interface Repo {
  id: number;
  node_id: string;
  name: string;
  full_name: string;
  html_url: string;
  clone_url: string;
  ssh_url: string;
  git_url: string;
  svn_url: string;
  description: string | null;
  default_branch: string;
  visibility: string;
  archived: boolean;
}

/** The defaults of Pulumi's provider, which always sends all of these. */
const DEFAULTS: Inputs = {
  description: "",
  hasDiscussions: false,
  hasDownloads: false,
  hasIssues: false,
  hasProjects: false,
  hasWiki: false,
  isTemplate: false,
  allowMergeCommit: true,
  allowSquashMerge: true,
  allowRebaseMerge: true,
  allowAutoMerge: false,
  allowUpdateBranch: false,
  deleteBranchOnMerge: false,
  archived: false,
  archiveOnDestroy: false,
  autoInit: false,
};

/** `github.Repository`; id is its name. */
export const repository: ResourceKind = {
  inputs: [...Object.keys(DEFAULTS), "name", "visibility"],
  required: ["name"],
  defaults: DEFAULTS,
  replaceOn: [],
  computed: [
    "fullName",
    "htmlUrl",
    "httpCloneUrl",
    "sshCloneUrl",
    "gitCloneUrl",
    "svnUrl",
    "nodeId",
    "repoId",
    "defaultBranch",
  ],

  async create(github, inputs) {
    const path = (await isOrganization(github)) ? `/orgs/${encodeURIComponent(github.owner)}/repos` : "/user/repos";
    // An archived repository is read-only, so it is archived only in the update that follows.
    const body = { ...settings(inputs), auto_init: inputs.autoInit, archived: undefined };
    try {
      await github.call("POST", path, body);
    } catch (error) {
      if (!(error instanceof GitHubError && error.status === 422 && /already exists/i.test(error.message))) throw error;
      throw new AlreadyExistsError(
        `${github.owner}/${stringInput(inputs, "name")}: got a repository that already exists; expected none. ` +
          "Import it (the resource option `import`), or choose another name.",
      );
    }
    return apply(github, stringInput(inputs, "name"), inputs);
  },

  update: async (github, old, inputs) => apply(github, old.id, inputs),

  async read(github, id, inputs) {
    const found = (await github.find(github.repository(id))) as Repo | undefined;
    return found && { id: found.name, outputs: outputsOf(found, inputs) };
  },

  // Never adopts a repository of somebody else: description and visibility must be those that a create sets.
  async find(github, inputs) {
    const found = (await github.find(github.repository(stringInput(inputs, "name")))) as Repo | undefined;
    const same = found && (found.description ?? "") === inputs.description && found.visibility === visibilityOf(inputs);
    return same ? found.name : undefined;
  },

  async delete(github, state) {
    const path = github.repository(state.id);
    if (state.inputs.archiveOnDestroy !== true) await github.call("DELETE", path);
    else await github.call("PATCH", path, { archived: true });
  },
};

async function apply(github: GitHub, name: string, inputs: Inputs): Promise<Applied> {
  const live = (await github.call("PATCH", github.repository(name), settings(inputs))) as Repo;
  return { id: live.name, outputs: outputsOf(live, inputs) };
}

/** The inputs that are fields of an existing repository in the API. */
function settings(inputs: Inputs): Inputs {
  const fields = Object.entries(inputs).filter(([key]) => key !== "autoInit" && key !== "archiveOnDestroy");
  return { ...snakeCase(Object.fromEntries(fields)), visibility: visibilityOf(inputs) };
}

function visibilityOf(inputs: Inputs): string {
  return stringInput(inputs, "visibility") || "public";
}

function outputsOf(live: Repo, inputs: Inputs): Inputs {
  return {
    ...inputs,
    name: live.name,
    fullName: live.full_name,
    htmlUrl: live.html_url,
    httpCloneUrl: live.clone_url,
    sshCloneUrl: live.ssh_url,
    gitCloneUrl: live.git_url,
    svnUrl: live.svn_url,
    nodeId: live.node_id,
    repoId: live.id,
    defaultBranch: live.default_branch,
    visibility: live.visibility,
    private: live.visibility !== "public",
    archived: live.archived,
  };
}

async function isOrganization(github: GitHub): Promise<boolean> {
  return (await github.find(`/orgs/${encodeURIComponent(github.owner)}`)) !== undefined;
}

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
