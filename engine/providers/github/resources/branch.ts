import { GitHubError } from "../errors";
import { type ResourceKind, splitId, stringInput } from "../resource-kind";
import { encodePath, type GitHub } from "../rest";

interface Ref {
  ref: string;
  object: { sha: string };
}

/** `github.Branch`; id `<repository>:<branch>`. A create adopts an existing branch without changing it. */
export const branch: ResourceKind = {
  inputs: ["repository", "branch", "sourceBranch", "sourceSha"],
  required: ["repository", "branch"],
  defaults: { sourceBranch: "main" },
  replaceOn: ["repository", "sourceBranch", "sourceSha"],
  computed: ["ref", "sha", "sourceSha"],

  async create(github, inputs) {
    const [repository, name] = [stringInput(inputs, "repository"), stringInput(inputs, "branch")];
    const sourceSha =
      stringInput(inputs, "sourceSha") || (await shaOf(github, repository, stringInput(inputs, "sourceBranch")));
    const ref = { ref: `refs/heads/${name}`, sha: sourceSha };
    try {
      await github.call("POST", github.repository(repository, "git/refs"), ref);
    } catch (error) {
      if (!(error instanceof GitHubError && /already exists/i.test(error.message))) throw error;
    }
    const sha = await shaOf(github, repository, name);
    return { id: `${repository}:${name}`, outputs: { ...inputs, sourceSha, ref: ref.ref, sha } };
  },

  async update(github, old, inputs) {
    const [repository, name] = splitId(old.id);
    const wanted = stringInput(inputs, "branch");
    if (wanted !== name) {
      await github.call("POST", github.repository(repository, "branches", encodePath(name), "rename"), {
        new_name: wanted,
      });
    }
    return { id: `${repository}:${wanted}`, outputs: { ...old.outputs, ...inputs, ref: `refs/heads/${wanted}` } };
  },

  async read(github, id, inputs) {
    const [repository, rest] = splitId(id);
    const [name] = splitId(rest);
    const found = (await github.find(refPath(github, repository, name))) as Ref | undefined;
    if (!found) return undefined;
    const outputs = { ...inputs, repository, branch: name, ref: found.ref, sha: found.object.sha };
    return { id: `${repository}:${name}`, outputs };
  },

  find: (_github, inputs) => Promise.resolve(`${stringInput(inputs, "repository")}:${stringInput(inputs, "branch")}`),

  async delete(github, state) {
    const [repository, name] = splitId(state.id);
    await github.call("DELETE", github.repository(repository, "git/refs/heads", encodePath(name)));
  },
};

async function shaOf(github: GitHub, repository: string, name: string): Promise<string> {
  return ((await github.call("GET", refPath(github, repository, name))) as Ref).object.sha;
}

function refPath(github: GitHub, repository: string, name: string): string {
  return github.repository(repository, "git/ref/heads", encodePath(name));
}
