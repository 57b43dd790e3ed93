import type { Applied, Inputs } from "../../../provider";
import { type ResourceKind, text } from "../resource-kind";
import type { GitHub } from "../rest";
import { seal } from "../sealed-box";

interface PublicKey {
  key_id: string;
  key: string;
}

interface Secret {
  created_at: string;
  updated_at: string;
}

/**
 * `github.ActionsEnvironmentSecret`; id `<repository>:<environment>:<name>`, a `:` in the environment written as `??`.
 * GitHub tells a value to nobody, so that only a change in the program writes one again.
 */
export const actionsEnvironmentSecret: ResourceKind = {
  inputs: ["repository", "environment", "secretName", "value"],
  required: ["repository", "environment", "secretName", "value"],
  replaceOn: ["repository", "environment", "secretName"],
  computed: ["keyId", "createdAt", "updatedAt", "remoteUpdatedAt"],

  create: async (github, inputs) => put(github, placeOf(inputs), inputs),

  update: async (github, old, inputs) => put(github, parseId(old.id), inputs),

  async read(github, id, inputs) {
    const { name, ...rest } = parseId(id);
    const found = (await github.find(pathOf(github, { name, ...rest }))) as Secret | undefined;
    return found && { id, outputs: { ...inputs, ...rest, secretName: name, ...times(found) } };
  },

  // Who made it cannot be told, and need not be: making one writes over what is there.
  find: (_github, inputs) => Promise.resolve(idOf(placeOf(inputs))),

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, parseId(state.id)));
  },
};

interface Place {
  repository: string;
  environment: string;
  name: string;
}

async function put(github: GitHub, place: Place, inputs: Inputs): Promise<Applied> {
  const key = (await github.call("GET", pathOf(github, { ...place, name: "public-key" }))) as PublicKey;
  const body = { encrypted_value: await seal(text(inputs, "value"), key.key), key_id: key.key_id };
  await github.call("PUT", pathOf(github, place), body);
  const written = (await github.find(pathOf(github, place))) as Secret | undefined;
  return { id: idOf(place), outputs: { ...inputs, keyId: key.key_id, ...(written && times(written)) } };
}

function times({ created_at, updated_at }: Secret): Inputs {
  return { createdAt: created_at, updatedAt: updated_at, remoteUpdatedAt: updated_at };
}

function pathOf(github: GitHub, { repository, environment, name }: Place): string {
  const secrets = github.repository(repository, "environments", encodeURIComponent(environment), "secrets");
  return `${secrets}/${encodeURIComponent(name)}`;
}

function placeOf(inputs: Inputs): Place {
  return {
    repository: text(inputs, "repository"),
    environment: text(inputs, "environment"),
    name: text(inputs, "secretName"),
  };
}

function idOf({ repository, environment, name }: Place): string {
  return [repository, environment.replaceAll(":", "??"), name].join(":");
}

function parseId(id: string): Place {
  const [repository = "", environment = "", name = ""] = id.split(":");
  return { repository, environment: environment.replaceAll("??", ":"), name };
}
