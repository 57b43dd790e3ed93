import type { Inputs } from "../../../provider";
import { type ResourceKind, splitId, stringInput } from "../resource-kind";
import type { GitHub } from "../rest";

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
