import { AlreadyExistsError, type Applied, type Inputs } from "../../model/provider";
import { idParts, joinId, type ResourceKind, splitId, stringInput } from "./resource-kind";
import { encodePath, type GitHub, GitHubError } from "./rest";

interface Content {
  sha: string;
  content?: string;
}

interface Written {
  content: { sha: string };
  commit: { sha: string };
}

/**
 * `github.RepositoryFile`; id `<repository>:<path>:<branch>`. Each create, update and delete is a commit on the branch.
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
    const location = await locationOf(github, inputs);
    const existing = await contentOf(github, location);
    if (existing && inputs.overwriteOnCreate !== true) {
      throw new AlreadyExistsError(
        `${location.repository}: ${location.file}: got a file that already exists on ${location.branch}; ` +
          "expected none. Set overwriteOnCreate to overwrite it.",
      );
    }
    return write(github, location, inputs, "Add", existing?.sha);
  },

  async update(github, old, inputs) {
    const location = parseId(old.id);
    return write(github, location, inputs, "Update", (await contentOf(github, location))?.sha);
  },

  async read(github, id, inputs) {
    const parsed = parseId(id);
    const location = parsed.branch === "" ? await locationOf(github, { ...parsed, branch: undefined }) : parsed;
    const found = await contentOf(github, location);
    if (!found) return undefined;
    const content = Buffer.from(found.content ?? "", "base64").toString("utf8");
    return { id: idOf(location), outputs: { ...inputs, ...location, content, sha: found.sha, ref: location.branch } };
  },

  find: async (github, inputs) => idOf(await locationOf(github, inputs)),

  async delete(github, state) {
    const location = parseId(state.id);
    const found = await contentOf(github, location);
    if (!found) return;
    await github.call("DELETE", pathOf(github, location), {
      ...commit(state.inputs, location, "Delete"),
      sha: found.sha,
    });
  },
};

interface FileLocation {
  repository: string;
  file: string;
  branch: string;
}

async function locationOf(github: GitHub, inputs: Inputs): Promise<FileLocation> {
  const [repository, file] = [stringInput(inputs, "repository"), stringInput(inputs, "file")];
  const named = stringInput(inputs, "branch");
  if (named !== "") return { repository, file, branch: named };
  const { default_branch } = (await github.call("GET", github.repository(repository))) as { default_branch: string };
  return { repository, file, branch: default_branch };
}

async function write(
  github: GitHub,
  location: FileLocation,
  inputs: Inputs,
  verb: string,
  sha?: string,
): Promise<Applied> {
  const written = (await github.call("PUT", pathOf(github, location), {
    ...commit(inputs, location, verb),
    content: Buffer.from(stringInput(inputs, "content")).toString("base64"),
    ...(sha === undefined ? {} : { sha }),
  })) as Written;
  const { message } = commit(inputs, location, verb);
  const outputs = { ...inputs, ...location, commitMessage: message, commitSha: written.commit.sha };
  return { id: idOf(location), outputs: { ...outputs, sha: written.content.sha, ref: location.branch } };
}

function commit(
  inputs: Inputs,
  { file, branch }: FileLocation,
  verb: string,
): { message: string; branch: string; committer?: object } {
  const [name, email] = [stringInput(inputs, "commitAuthor"), stringInput(inputs, "commitEmail")];
  const given = stringInput(inputs, "commitMessage");
  // The message `Add <file>` would be wrong for a deletion.
  const message = given === "" || (verb === "Delete" && given === `Add ${file}`) ? `${verb} ${file}` : given;
  return { message, branch, ...(name !== "" && email !== "" ? { committer: { name, email } } : {}) };
}

async function contentOf(github: GitHub, location: FileLocation): Promise<Content | undefined> {
  return (await github.find(`${pathOf(github, location)}?ref=${encodeURIComponent(location.branch)}`)) as
    Content | undefined;
}

function pathOf(github: GitHub, { repository, file }: FileLocation): string {
  return github.repository(repository, "contents", encodePath(file));
}

function idOf({ repository, file, branch }: FileLocation): string {
  return joinId(repository, file, branch);
}

function parseId(id: string): FileLocation {
  const [repository = "", file = "", branch = ""] = idParts(id);
  return { repository, file, branch };
}

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
