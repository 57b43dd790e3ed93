import sodium from "libsodium-wrappers";
import type { Applied, Inputs } from "../../model/provider";
import { idParts, joinId, type ResourceKind, snakeCase, splitId, stringInput } from "./resource-kind";
import type { GitHub } from "./rest";

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

  create: async (github, inputs) => putEnvironment(github, environmentId(inputs), inputs),

  update: async (github, old, inputs) => putEnvironment(github, old.id, inputs),

  async read(github, id, inputs) {
    const [repository, environment] = splitId(id);
    const found = await github.find(pathOf(github, repository, environment));
    return found === undefined ? undefined : { id, outputs: { ...inputs, repository, environment } };
  },

  find: (_github, inputs) => Promise.resolve(environmentId(inputs)),

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, ...splitId(state.id)));
  },
};

function environmentId(inputs: Inputs): string {
  return `${stringInput(inputs, "repository")}:${stringInput(inputs, "environment")}`;
}

async function putEnvironment(github: GitHub, id: string, inputs: Inputs): Promise<Applied> {
  const reviewers = ((inputs.reviewers ?? []) as Reviewers[]).flatMap(({ users = [], teams = [] }) => [
    ...users.map((each) => ({ type: "User", id: each })),
    ...teams.map((each) => ({ type: "Team", id: each })),
  ]);
  await github.call("PUT", pathOf(github, ...splitId(id)), {
    wait_timer: inputs.waitTimer ?? 0,
    can_admins_bypass: inputs.canAdminsBypass,
    prevent_self_review: inputs.preventSelfReview,
    reviewers,
    // To GitHub, null means any branch.
    deployment_branch_policy: inputs.deploymentBranchPolicy ? snakeCase(inputs.deploymentBranchPolicy as Inputs) : null,
  });
  return { id, outputs: inputs };
}

interface Policy {
  id: number;
  name: string;
}

/** `github.RepositoryEnvironmentDeploymentPolicy` for branches; id `<repository>:<environment>:<number>`. */
export const repositoryEnvironmentDeploymentPolicy: ResourceKind = {
  inputs: ["repository", "environment", "branchPattern"],
  required: ["repository", "environment", "branchPattern"],
  replaceOn: ["repository", "environment"],
  computed: ["policyId"],

  async create(github, inputs) {
    const body = { name: inputs.branchPattern, type: "branch" };
    const created = (await github.call("POST", policiesOf(github, inputs), body)) as Policy;
    return policyApplied(policyId(inputs, created), inputs);
  },

  async update(github, old, inputs) {
    await github.call("PUT", policyPath(github, old.id), { name: inputs.branchPattern });
    return policyApplied(old.id, inputs);
  },

  async read(github, id, inputs) {
    const found = (await github.find(policyPath(github, id))) as Policy | undefined;
    const [repository, environment] = idParts(id);
    return found && policyApplied(id, { ...inputs, repository, environment, branchPattern: found.name });
  },

  async find(github, inputs) {
    // One page is enough for the policies of one program.
    const list = (await github.find(`${policiesOf(github, inputs)}?per_page=100`)) as
      { branch_policies: Policy[] } | undefined;
    const found = list?.branch_policies.find(({ name }) => name === inputs.branchPattern);
    return found && policyId(inputs, found);
  },

  async delete(github, state) {
    await github.call("DELETE", policyPath(github, state.id));
  },
};

function policyId(inputs: Inputs, { id }: Policy): string {
  return joinId(stringInput(inputs, "repository"), stringInput(inputs, "environment"), String(id));
}

function policyApplied(id: string, inputs: Inputs): Applied {
  return { id, outputs: { ...inputs, policyId: Number(idParts(id).at(-1)) } };
}

function policiesOf(github: GitHub, inputs: Inputs): string {
  const [repository, environment] = [stringInput(inputs, "repository"), stringInput(inputs, "environment")];
  return pathOf(github, repository, environment, "deployment-branch-policies");
}

function policyPath(github: GitHub, id: string): string {
  const [repository = "", environment = "", number = ""] = idParts(id);
  return pathOf(github, repository, environment, "deployment-branch-policies", number);
}

interface PublicKey {
  key_id: string;
  key: string;
}

interface StoredSecret {
  created_at: string;
  updated_at: string;
}

/**
 * `github.ActionsEnvironmentSecret`; id `<repository>:<environment>:<name>`. GitHub never returns a secret's value, so
 * only a change in the program updates it.
 */
export const actionsEnvironmentSecret: ResourceKind = {
  inputs: ["repository", "environment", "secretName", "value"],
  required: ["repository", "environment", "secretName", "value"],
  replaceOn: ["repository", "environment", "secretName"],
  computed: ["keyId", "createdAt", "updatedAt", "remoteUpdatedAt"],

  create: async (github, inputs) => putSecret(github, secretId(inputs), inputs),

  update: async (github, old, inputs) => putSecret(github, old.id, inputs),

  async read(github, id, inputs) {
    const [repository, environment, secretName] = idParts(id);
    const found = (await github.find(secretPath(github, id))) as StoredSecret | undefined;
    return found && { id, outputs: { ...inputs, repository, environment, secretName, ...times(found) } };
  },

  // The secret's creator is unknown, but that does not matter: a create overwrites an existing secret.
  find: (_github, inputs) => Promise.resolve(secretId(inputs)),

  async delete(github, state) {
    await github.call("DELETE", secretPath(github, state.id));
  },
};

async function putSecret(github: GitHub, id: string, inputs: Inputs): Promise<Applied> {
  const key = (await github.call("GET", secretPath(github, id, "public-key"))) as PublicKey;
  const body = { encrypted_value: await seal(stringInput(inputs, "value"), key.key), key_id: key.key_id };
  await github.call("PUT", secretPath(github, id), body);
  const written = (await github.find(secretPath(github, id))) as StoredSecret | undefined;
  return { id, outputs: { ...inputs, keyId: key.key_id, ...(written && times(written)) } };
}

function secretId(inputs: Inputs): string {
  return joinId(...["repository", "environment", "secretName"].map((key) => stringInput(inputs, key)));
}

function secretPath(github: GitHub, id: string, entry?: string): string {
  const [repository = "", environment = "", name = ""] = idParts(id);
  return pathOf(github, repository, environment, "secrets", encodeURIComponent(entry ?? name));
}

function times({ created_at, updated_at }: StoredSecret): Inputs {
  return { createdAt: created_at, updatedAt: updated_at, remoteUpdatedAt: updated_at };
}

/**
 * Encrypts a value as GitHub requires for secrets (libsodium sealed box): only the holder of the private key can
 * decrypt it, and the ciphertext differs each time.
 * @param publicKey GitHub's public key, in base64.
 * @returns the ciphertext, in base64.
 */
export async function seal(value: string, publicKey: string): Promise<string> {
  await sodium.ready;
  const sealed = sodium.crypto_box_seal(Buffer.from(value), Buffer.from(publicKey, "base64"));
  return Buffer.from(sealed).toString("base64");
}

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
    return { id: variableId(inputs), outputs: inputs };
  },

  async update(github, old, inputs) {
    const [, name] = splitId(old.id);
    await github.call("PATCH", variablePath(github, old.id), { name, value: inputs.value });
    return { id: old.id, outputs: inputs };
  },

  async read(github, id, inputs) {
    const [repository, variableName] = splitId(id);
    const found = (await github.find(variablePath(github, id))) as Variable | undefined;
    if (!found) return undefined;
    const { value, created_at, updated_at } = found;
    return {
      id,
      outputs: { ...inputs, repository, variableName, value, createdAt: created_at, updatedAt: updated_at },
    };
  },

  find: (_github, inputs) => Promise.resolve(variableId(inputs)),

  async delete(github, state) {
    await github.call("DELETE", variablePath(github, state.id));
  },
};

function variableId(inputs: Inputs): string {
  return `${stringInput(inputs, "repository")}:${stringInput(inputs, "variableName")}`;
}

function variablePath(github: GitHub, id: string): string {
  const [repository, name] = splitId(id);
  return github.repository(repository, "actions/variables", encodeURIComponent(name));
}

/** The API path of an environment, or of something in it. */
function pathOf(github: GitHub, repository: string, environment: string, ...parts: string[]): string {
  return github.repository(repository, "environments", encodeURIComponent(environment), ...parts);
}
