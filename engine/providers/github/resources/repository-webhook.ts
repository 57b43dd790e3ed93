import type { Inputs } from "../../../provider";
import { type ResourceKind, stringInput } from "../resource-kind";

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
