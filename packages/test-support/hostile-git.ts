import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Settings of somebody who works with Git otherwise, each of which changes what some command of Git reads, prints or
 * does.
 */
const CONFIG = `
[log]
  showSignature = true
  follow = true
  date = relative
  decorate = full
  mailmap = true
  diffMerges = combined
[format]
  pretty = medium
  signOff = true
[diff]
  external = false
  noprefix = true
  renames = copies
  relative = true
  orderFile = /nowhere/order
  algorithm = patience
  submodule = log
  ignoreSubmodules = all
  interHunkContext = 20
  context = 0
[core]
  quotePath = true
  autocrlf = true
  eol = crlf
  safecrlf = true
  pager = false
  editor = false
  abbrev = 5
  compression = 0
  precomposeUnicode = false
  sharedRepository = world
  logAllRefUpdates = always
  warnAmbiguousRefs = true
  askPass = false
  sshCommand = false
  gitProxy = false
[color]
  ui = always
  diff = always
[column]
  ui = always
[fetch]
  prune = true
  pruneTags = true
  recurseSubmodules = true
  fsckObjects = true
  writeCommitGraph = true
  negotiationAlgorithm = skipping
  parallel = 4
[fsck]
  missingEmail = error
[transfer]
  fsckObjects = true
  hideRefs = refs/heads/env
[receive]
  denyNonFastForwards = true
[push]
  followTags = true
  gpgSign = true
  default = nothing
  recurseSubmodules = check
  pushOption = unknown
[commit]
  template = /nowhere/template
  cleanup = strip
[tag]
  gpgSign = true
  forceSignAnnotated = true
  sort = -version:refname
[gpg]
  format = x509
  program = false
[gpg "x509"]
  program = false
[gpg "ssh"]
  program = false
  allowedSignersFile = /dev/null
  revocationFile = /nowhere/revoked
[user]
  name = Somebody Else
  email = somebody@example.org
  signingKey = /nowhere/key
[merge]
  conflictStyle = zdiff3
  renames = false
  directoryRenames = true
  renormalize = true
  ff = only
[rerere]
  enabled = true
  autoUpdate = true
[protocol]
  allow = never
  version = 0
[remote]
  pushDefault = elsewhere
[remote "origin"]
  mirror = true
  tagOpt = --tags
[url "file:///nowhere/"]
  insteadOf = file:///
[init]
  defaultBranch = trunk
[safe]
  bareRepository = explicit
[i18n]
  commitEncoding = ISO-8859-1
  logOutputEncoding = UTF-16
[credential]
  helper = "!echo username=somebody; echo password=else"
[alias]
  log = status
  fetch = status
  push = status
[pack]
  packSizeLimit = 1
[gc]
  auto = 1
[advice]
  detachedHead = true
[trace2]
  normalTarget = 2
`;

/** Git as somebody has set it up whose settings, hooks and templates change everything that they can. */
export class HostileGit {
  private readonly folder = mkdtempSync(join(tmpdir(), "hostile-git-"));
  /** Whatever runs in spite of everything leaves its name here. */
  readonly traces = join(this.folder, "traces");
  /** The configuration and where it is. */
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    const hooks = this.programs("hooks", HOOKS);
    const template = join(this.folder, "template");
    mkdirSync(template);
    this.programs(join("template", "hooks"), HOOKS);
    writeFileSync(join(this.folder, "attributes"), "* text eol=crlf diff=hostile filter=hostile merge=union\n");
    writeFileSync(join(this.folder, "excludes"), "*\n");
    const monitor = join(this.programs("bin", ["monitor"]), "monitor");
    const paths = {
      "core.hooksPath": hooks,
      "core.attributesFile": join(this.folder, "attributes"),
      "core.excludesFile": join(this.folder, "excludes"),
      "core.fsmonitor": monitor,
      "init.templateDir": template,
      "diff.hostile.textconv": monitor,
      "filter.hostile.clean": monitor,
    };
    const lines = Object.entries(paths).map(([key, path]) => {
      const [, section = "", name = ""] = /^(.*)\.(\w+)$/.exec(key) ?? [];
      const [first, second] = section.split(".");
      return `[${first ?? ""}${second === undefined ? "" : ` "${second}"`}]\n  ${name} = ${path}\n`;
    });
    const file = join(this.folder, "config");
    writeFileSync(file, CONFIG + lines.join(""));
    this.env = { GIT_CONFIG_GLOBAL: file };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private programs(folder: string, names: readonly string[]): string {
    const path = join(this.folder, folder);
    mkdirSync(path, { recursive: true });
    for (const name of names) {
      writeFileSync(join(path, name), `#!/bin/sh\necho "${name}" >> '${this.traces}'\nexit 1\n`, { mode: 0o755 });
    }
    return path;
  }
}

const HOOKS = [
  ...["pre-push", "pre-commit", "commit-msg", "post-checkout", "post-commit", "post-index-change", "post-rewrite"],
  ...["reference-transaction", "pre-auto-gc", "update", "pre-receive", "post-merge", "applypatch-msg"],
];

/** Variables by which Git works on another repository, or in another way. */
export function misleading(folder: string): Record<string, string> {
  return {
    GIT_DIR: join(folder, ".git"),
    GIT_WORK_TREE: folder,
    GIT_INDEX_FILE: join(folder, ".git", "index"),
    GIT_OBJECT_DIRECTORY: join(folder, ".git", "objects"),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(folder, ".git", "objects"),
    GIT_COMMON_DIR: join(folder, ".git"),
    GIT_NAMESPACE: "elsewhere",
    GIT_PREFIX: "docs/",
    GIT_CEILING_DIRECTORIES: "/",
    GIT_EXTERNAL_DIFF: "false",
    GIT_DIFF_OPTS: "--unified=0",
    GIT_PAGER: "false",
    GIT_EDITOR: "false",
    GIT_SSH_COMMAND: "false",
    GIT_PROXY_COMMAND: "false",
    GIT_ASKPASS: "false",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_DEFAULT_HASH: "sha256",
    GIT_TEMPLATE_DIR: folder,
    GIT_REPLACE_REF_BASE: "refs/elsewhere/",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_ICASE_PATHSPECS: "1",
    GIT_QUARANTINE_PATH: folder,
    GIT_REDIRECT_STDERR: "2>&1",
    GIT_TRACE: "1",
    GIT_TRACE2: "1",
    GIT_REFLOG_ACTION: "else",
    GIT_AUTHOR_DATE: "2001-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2001-01-01T00:00:00Z",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "log.showSignature",
    GIT_CONFIG_VALUE_0: "true",
    GIT_CONFIG_PARAMETERS: "'log.showSignature'='true'",
    GIT_EXEC_PATH: folder,
    LC_ALL: "de_DE.UTF-8",
    LANGUAGE: "de",
  };
}
