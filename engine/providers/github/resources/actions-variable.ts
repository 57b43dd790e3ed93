import { type ResourceKind, splitId, stringInput } from "../resource-kind";

interface Variable {
  name: string;
  value: string;
  created_at: string;
  updated_at: string;
}

/** `github.ActionsVariable`; id `<repository>:<name>`. */
export const actionsVariable: ResourceKind = {
  inputs: ["repository", "variableName", "value"],
  required: ["repository", "variableName"],
  replaceOn: ["repository", "variableName"],
  computed: ["createdAt", "updatedAt"],

  async create(github, inputs) {
    const [repository, name] = [stringInput(inputs, "repository"), stringInput(inputs, "variableName")];
    await github.call("POST", github.repository(repository, "actions/variables"), { name, value: inputs.value });
    return { id: `${repository}:${name}`, outputs: inputs };
  },

  async update(github, old, inputs) {
    const [repository, name] = splitId(old.id);
    const path = github.repository(repository, "actions/variables", encodeURIComponent(name));
    await github.call("PATCH", path, { name, value: inputs.value });
    return { id: old.id, outputs: inputs };
  },

  async read(github, id, inputs) {
    const [repository, name] = splitId(id);
    const path = github.repository(repository, "actions/variables", encodeURIComponent(name));
    const found = (await github.find(path)) as Variable | undefined;
    if (!found) return undefined;
    const outputs = { repository, variableName: name, value: found.value };
    return { id, outputs: { ...inputs, ...outputs, createdAt: found.created_at, updatedAt: found.updated_at } };
  },

  find: (_github, inputs) =>
    Promise.resolve(`${stringInput(inputs, "repository")}:${stringInput(inputs, "variableName")}`),

  async delete(github, state) {
    const [repository, name] = splitId(state.id);
    await github.call("DELETE", github.repository(repository, "actions/variables", encodeURIComponent(name)));
  },
};
