import { type ResourceKind, splitId, stringInput } from "../resource-kind";

interface DeployKey {
  id: number;
  key: string;
  title: string;
  read_only: boolean;
}

/** `github.RepositoryDeployKey`; id `<repository>:<number>`. GitHub keys are immutable, so every change replaces it. */
export const repositoryDeployKey: ResourceKind = {
  inputs: ["repository", "title", "key", "readOnly"],
  required: ["repository", "title", "key"],
  defaults: { readOnly: true },
  replaceOn: ["repository", "title", "key", "readOnly"],
  computed: [],

  async create(github, inputs) {
    const repository = stringInput(inputs, "repository");
    const body = { title: inputs.title, key: inputs.key, read_only: inputs.readOnly };
    const created = (await github.call("POST", github.repository(repository, "keys"), body)) as DeployKey;
    return { id: `${repository}:${created.id}`, outputs: inputs };
  },

  update: (_github, old, inputs) => Promise.resolve({ id: old.id, outputs: inputs }),

  async read(github, id, inputs) {
    const [repository, number] = splitId(id);
    const found = (await github.find(github.repository(repository, "keys", number))) as DeployKey | undefined;
    if (!found) return undefined;
    const outputs = {
      repository,
      title: found.title,
      key: stringInput(inputs, "key") || found.key,
      readOnly: found.read_only,
    };
    return { id, outputs };
  },

  async find(github, inputs) {
    const repository = stringInput(inputs, "repository");
    const keys = (await github.list(github.repository(repository, "keys"))) as DeployKey[];
    const found = keys.find((each) => withoutComment(each.key) === withoutComment(stringInput(inputs, "key")));
    return found && `${repository}:${found.id}`;
  },

  async delete(github, state) {
    const [repository, number] = splitId(state.id);
    await github.call("DELETE", github.repository(repository, "keys", number));
  },
};

/** The public key without its comment, which GitHub does not store. */
function withoutComment(key: string): string {
  return key.trim().split(/\s+/).slice(0, 2).join(" ");
}
