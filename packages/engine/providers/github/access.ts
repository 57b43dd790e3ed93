import type { Inputs } from "../../model/provider";
import { type ResourceKind, splitId, stringInput } from "./resource-kind";
import type { GitHub } from "./rest";

interface Team {
  slug: string;
  permission: string;
}

/** `github.TeamRepository`, a team's permission in a repository; id `<slug>:<repository>`. */
export const teamRepository: ResourceKind = {
  inputs: ["teamId", "repository", "permission"],
  required: ["teamId", "repository"],
  defaults: { permission: "pull" },
  replaceOn: ["teamId", "repository"],
  computed: [],

  async create(github, inputs) {
    const id = `${slugOf(inputs)}:${stringInput(inputs, "repository")}`;
    await github.call("PUT", pathOf(github, id), { permission: inputs.permission });
    return { id, outputs: inputs };
  },

  async update(github, old, inputs) {
    await github.call("PUT", pathOf(github, old.id), { permission: inputs.permission });
    return { id: old.id, outputs: inputs };
  },

  async read(github, id, inputs) {
    const [slug, repository] = splitId(id);
    const teams = (await github.list(github.repository(repository, "teams"))) as Team[];
    const found = teams.find((team) => team.slug === slug);
    return found && { id, outputs: { ...inputs, teamId: slug, repository, permission: found.permission } };
  },

  find: (_github, inputs) => Promise.resolve(`${slugOf(inputs)}:${stringInput(inputs, "repository")}`),

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, state.id));
  },
};

/** Pulumi's provider also accepts a team's numeric id. */
function slugOf(inputs: Inputs): string {
  const slug = stringInput(inputs, "teamId");
  if (!/^\d+$/.test(slug)) return slug;
  throw new Error(
    `TeamRepository: teamId: got ${slug}; expected the team's slug, because the local engine does not support ` +
      "numeric ids. Set the slug.",
  );
}

function pathOf(github: GitHub, id: string): string {
  const [slug, repository] = splitId(id);
  const [org, name] = [encodeURIComponent(github.owner), encodeURIComponent(repository)];
  return `/orgs/${org}/teams/${encodeURIComponent(slug)}/repos/${org}/${name}`;
}

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

interface Hook {
  id: number;
  url: string;
  active: boolean;
  events: string[];
  config: { url: string };
}

/** `github.RepositoryWebhook`; id is the hook's number. The import id is `<repository>/<number>`. */
export const repositoryWebhook: ResourceKind = {
  inputs: ["repository", "events", "active", "configuration"],
  required: ["repository", "events"],
  defaults: { active: true },
  replaceOn: ["repository"],
  computed: ["url"],

  async create(github, inputs) {
    const path = github.repository(stringInput(inputs, "repository"), "hooks");
    const created = (await github.call("POST", path, { name: "web", ...bodyOf(inputs) })) as Hook;
    return { id: String(created.id), outputs: { ...inputs, url: created.url } };
  },

  async update(github, old, inputs) {
    const path = github.repository(stringInput(inputs, "repository"), "hooks", old.id);
    const created = (await github.call("PATCH", path, bodyOf(inputs))) as Hook;
    return { id: old.id, outputs: { ...inputs, url: created.url } };
  },

  async read(github, id, inputs) {
    const [number = "", repository = stringInput(inputs, "repository")] = id.split("/").reverse();
    const found = (await github.find(github.repository(repository, "hooks", number))) as Hook | undefined;
    if (!found) return undefined;
    return {
      id: number,
      outputs: { ...inputs, repository, active: found.active, events: found.events, url: found.url },
    };
  },

  async find(github, inputs) {
    const hooks = (await github.list(github.repository(stringInput(inputs, "repository"), "hooks"))) as Hook[];
    const { url } = (inputs.configuration ?? {}) as { url?: string };
    return hooks.find((each) => each.config.url === url)?.id.toString();
  },

  async delete(github, state) {
    await github.call("DELETE", github.repository(stringInput(state.inputs, "repository"), "hooks", state.id));
  },
};

function bodyOf(inputs: Inputs): Inputs {
  const configuration = (inputs.configuration ?? {}) as Inputs;
  return {
    active: inputs.active,
    events: inputs.events,
    config: {
      url: configuration.url,
      content_type: configuration.contentType ?? "form",
      insecure_ssl: configuration.insecureSsl === true ? "1" : "0",
      ...(configuration.secret === undefined ? {} : { secret: configuration.secret }),
    },
  };
}
