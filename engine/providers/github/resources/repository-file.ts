import { AlreadyExistsError, type Applied, type Inputs } from "../../../provider";
import { type ResourceKind, text } from "../resource-kind";
import { encodePath, type GitHub } from "../rest";

interface Content {
  sha: string;
  content?: string;
}

interface Written {
  content: { sha: string };
  commit: { sha: string };
}

/**
 * `github.RepositoryFile`; id `<repository>:<path>:<branch>`, a `:` in the path written as `??`. Each create, update
 * and delete is a commit on the branch.
 */
export const repositoryFile: ResourceKind = {
  inputs: [
    "repository",
    "file",
    "content",
    "branch",
    "commitMessage",
    "commitAuthor",
    "commitEmail",
    "overwriteOnCreate",
  ],
  required: ["repository", "file"],
  defaults: { overwriteOnCreate: false },
  replaceOn: ["repository", "file", "branch"],
  computed: ["branch", "commitMessage", "commitSha", "ref", "sha", "repositoryId"],

  async create(github, inputs) {
    const place = await placeOf(github, inputs);
    const existing = await contentOf(github, place);
    if (existing && inputs.overwriteOnCreate !== true) {
      throw new AlreadyExistsError(
        `${place.repository}: ${place.file}: exists already on ${place.branch}. Set overwriteOnCreate to take it over.`,
      );
    }
    return write(github, place, inputs, "Add", existing?.sha);
  },

  async update(github, old, inputs) {
    const place = parseId(old.id);
    return write(github, place, inputs, "Update", (await contentOf(github, place))?.sha);
  },

  async read(github, id, inputs) {
    const parsed = parseId(id);
    const place = parsed.branch === "" ? await placeOf(github, { ...parsed, branch: undefined }) : parsed;
    const found = await contentOf(github, place);
    if (!found) return undefined;
    const content = Buffer.from(found.content ?? "", "base64").toString("utf8");
    return { id: idOf(place), outputs: { ...inputs, ...place, content, sha: found.sha, ref: place.branch } };
  },

  find: async (github, inputs) => idOf(await placeOf(github, inputs)),

  async delete(github, state) {
    const place = parseId(state.id);
    const found = await contentOf(github, place);
    if (!found) return;
    await github.call("DELETE", pathOf(github, place), { ...commit(state.inputs, place, "Delete"), sha: found.sha });
  },
};

interface Place {
  repository: string;
  file: string;
  branch: string;
}

async function placeOf(github: GitHub, inputs: Inputs): Promise<Place> {
  const [repository, file] = [text(inputs, "repository"), text(inputs, "file")];
  const named = text(inputs, "branch");
  if (named !== "") return { repository, file, branch: named };
  const { default_branch } = (await github.call("GET", github.repository(repository))) as { default_branch: string };
  return { repository, file, branch: default_branch };
}

async function write(github: GitHub, place: Place, inputs: Inputs, verb: string, sha?: string): Promise<Applied> {
  const written = (await github.call("PUT", pathOf(github, place), {
    ...commit(inputs, place, verb),
    content: Buffer.from(text(inputs, "content")).toString("base64"),
    ...(sha === undefined ? {} : { sha }),
  })) as Written;
  const { message } = commit(inputs, place, verb);
  const outputs = { ...inputs, ...place, commitMessage: message, commitSha: written.commit.sha };
  return { id: idOf(place), outputs: { ...outputs, sha: written.content.sha, ref: place.branch } };
}

function commit(
  inputs: Inputs,
  { file, branch }: Place,
  verb: string,
): { message: string; branch: string; committer?: object } {
  const [name, email] = [text(inputs, "commitAuthor"), text(inputs, "commitEmail")];
  const given = text(inputs, "commitMessage");
  // A message that was written for the file's first commit does not suit its deletion.
  const message = given === "" || (verb === "Delete" && given === `Add ${file}`) ? `${verb} ${file}` : given;
  return { message, branch, ...(name !== "" && email !== "" ? { committer: { name, email } } : {}) };
}

async function contentOf(github: GitHub, place: Place): Promise<Content | undefined> {
  return (await github.find(`${pathOf(github, place)}?ref=${encodeURIComponent(place.branch)}`)) as Content | undefined;
}

function pathOf(github: GitHub, { repository, file }: Place): string {
  return github.repository(repository, "contents", encodePath(file));
}

function idOf({ repository, file, branch }: Place): string {
  return [repository, file.replaceAll(":", "??"), branch].join(":");
}

function parseId(id: string): Place {
  const [repository = "", file = "", branch = ""] = id.split(":");
  return { repository, file: file.replaceAll("??", ":"), branch };
}
