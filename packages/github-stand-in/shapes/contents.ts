import type { components } from "@octokit/openapi-types";
import type { TreeEntry } from "../git/objects";
import type { RepositoryRecord } from "../store/records";
import { encodePath, type Urls } from "./urls";

type Schemas = components["schemas"];
/** One entry of a folder's listing. */
export type ContentEntry = Schemas["content-directory"][number];

/** A file or folder without its content. `ref` is the requested branch, tag or commit. */
export function contentEntry(urls: Urls, record: RepositoryRecord, ref: string, entry: TreeEntry): ContentEntry {
  const path = encodePath(entry.path);
  const isTree = entry.type === "tree";
  const self = urls.repo(record, `/contents/${path}?ref=${encodeURIComponent(ref)}`);
  const git = urls.repo(record, `/git/${isTree ? "trees" : "blobs"}/${entry.sha}`);
  const html = urls.html(record, `/${isTree ? "tree" : "blob"}/${encodePath(ref)}/${path}`);
  return {
    name: entry.path.slice(entry.path.lastIndexOf("/") + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: isTree ? null : urls.html(record, `/raw/${encodePath(ref)}/${path}`),
    type: typeOf(entry),
    _links: { self, git, html },
  };
}

/** A file with its content in base64, in lines of 60 characters as on GitHub. */
export function contentFile(entry: ContentEntry, content: Buffer): Schemas["content-file"] {
  const lines = content.toString("base64").replace(/.{60}/g, "$&\n");
  return {
    ...entry,
    type: "file",
    size: content.length,
    content: lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`,
    encoding: "base64",
  };
}

function typeOf(entry: TreeEntry): ContentEntry["type"] {
  if (entry.type === "tree") return "dir";
  if (entry.type === "commit") return "submodule";
  return entry.mode === "120000" ? "symlink" : "file";
}
