import { show, type Problem } from "@gitops-platform/contract/problems";
import { parseUrl } from "../url";
import { area, type ConfigurationOf } from "./setting";
import { choice, fixedMap, flag, httpsUrl, isConfidential, text, token } from "./values";

const ownerAndName = "Set repository.owner and repository.name.";
const asOnGithub = "Write it as in github.com/<owner>/<repository>.";

/** The GitOps repository. */
export const repositoryArea = area({
  "repository.owner": {
    schema: text(
      {
        expected:
          "a GitHub organisation or user: at most 39 letters, digits and single hyphens, no hyphen first or last",
        fix: asOnGithub,
      },
      (owner) => owner.length <= 39 && /^[a-z0-9]+(-[a-z0-9]+)*$/i.test(owner),
    ),
    doc: "The GitHub organisation or user of the GitOps repository.",
    example: "vaarak",
    required: { by: "every stack", fix: ownerAndName },
  },
  "repository.name": {
    schema: text(
      {
        expected:
          "a GitHub repository: at most 100 letters, digits, hyphens, underscores and dots, without .git at the end",
        fix: asOnGithub,
      },
      (name) => /^[\w.-]{1,100}$/.test(name) && !/^\.{1,2}$|\.git$/i.test(name),
    ),
    doc: "The name of the GitOps repository, the same in every stack.",
    example: "gitops",
    required: { by: "every stack", fix: ownerAndName },
  },
  "repository.manage": {
    schema: flag("One stack owns the repository, prod by default."),
    doc: "Whether this stack owns the repository: it creates it and sets its rules. Exactly one stack must.",
    default: "the environment's: true in prod",
    example: true,
  },
  "repository.url": {
    schema: text(
      {
        expected:
          "an https or ssh URL without a password that ends with /<owner>/<repository> or /<owner>/<repository>.git " +
          "(http only on this machine)",
        fix: "Remove it for github.com; set credentials in repositoryToken.",
      },
      isCloneUrl,
    ),
    doc: "The URL from which Argo CD clones.",
    default: "`https://github.com/<owner>/<name>.git`",
    example: "ssh://git@github.com/vaarak/gitops.git",
  },
  "repository.visibility": {
    schema: choice(["private", "internal", "public"], "Remove it for private."),
    doc: "Who can see the repository.",
    default: "`private`",
    example: "internal",
  },
  "repository.adopt": {
    schema: flag("true adopts an existing repository."),
    doc: "Whether to adopt an existing repository that has a branch `main`. Its content stays unchanged.",
    default: "false: the repository is created",
    example: true,
    owningStackOnly: true,
  },
  "repository.empty": {
    schema: flag("true fills an empty repository."),
    doc:
      "Whether the repository exists already and has only a README, as `gitops init` creates it. " +
      "The first `up` then writes the first content.",
    default: "false: the repository is created",
    example: true,
    owningStackOnly: true,
  },
  "repository.filled": {
    schema: flag("Set it to true after the first successful up, and leave it so."),
    doc:
      "Whether the first content has been written. Set it to `true` after the first successful `up`. Later versions " +
      "of the platform have more files, and without it `up` would try to write them past the rulesets; they come " +
      "by `gitops platform`.",
    default: "false: `up` writes the first content",
    example: true,
    owningStackOnly: true,
  },
  "repository.apiUrl": {
    schema: httpsUrl("GitHub's API (only for GitHub Enterprise Server)"),
    doc: "The URL of the API of GitHub Enterprise Server.",
    default: "that of github.com",
    example: "https://git.vaarak.example/api/v3/",
  },
  "repository.enforcement": {
    schema: choice(["active", "disabled"], "Remove it for active."),
    doc:
      "Whether GitHub enforces the rulesets. Set it to `disabled` until the repository has workflows that set the " +
      "required checks.",
    default: "`active`",
    example: "disabled",
    owningStackOnly: true,
  },
  "repository.account": {
    schema: fixedMap({
      type: choice(["organization", "user"], "Remove it where owner is an organisation.").optional(),
      plan: choice(["free", "pro", "team", "enterprise"], "Remove it to find out at the first up.").optional(),
    }),
    doc:
      "The type and the plan of the owner's account. With them, what the account cannot do is reported " +
      "before `pulumi up`.",
    example: { type: "organization", plan: "team" },
    owningStackOnly: true,
  },
  githubToken: {
    schema: token("a GitHub token", "Run: pulumi config set --secret githubToken"),
    doc:
      "The platform's GitHub token, with write access to the repository's administration, contents, environments, " +
      "variables, webhooks and workflows.",
    example: "pulumi config set --secret githubToken",
    secret: true,
    owningStackOnly: true,
    required: {
      by: "owning stack",
      expected: "a token in the stack that owns the repository",
      fix: "Run: pulumi config set --secret githubToken, or set repository.manage to false.",
    },
  },
});

type RepositoryConfiguration = ConfigurationOf<typeof repositoryArea>;

/** The map `repository` of a configuration. */
export type Repository = NonNullable<RepositoryConfiguration["repository"]>;

function isCloneUrl(value: string): boolean {
  const url = parseUrl(value);
  if (!url || url.password || url.search || url.hash) return false;
  return (isConfidential(url) && !url.username) || url.protocol === "ssh:";
}

/** The URL from which Argo CD clones the GitOps repository. */
export function cloneUrlOf({ owner, name, url }: Repository): string {
  return url ?? `https://github.com/${owner}/${name}.git`;
}

/** ssh.github.com accepts SSH on port 443, for networks that block port 22. */
const GITHUB = ["github.com", "ssh.github.com"];

/**
 * The URL of GitHub's server if the repository is not on github.com; otherwise undefined. It is `repository.apiUrl` if
 * that is set, and otherwise the server that Argo CD clones from.
 */
export function enterpriseUrl(repository: Repository): string | undefined {
  const { protocol, hostname, origin } = new URL(cloneUrlOf(repository));
  if (GITHUB.includes(hostname)) return undefined;
  return repository.apiUrl ?? (protocol === "ssh:" ? `https://${hostname}` : origin);
}

/**
 * The URL of such a server's REST API in the form that Argo CD's GitHub clients expect: with its path, without a slash
 * at the end.
 */
export function restUrl(serverUrl: string): string {
  const base = serverUrl.replace(/\/+$/, "");
  // With data residency (<name>.ghe.com), the API has a separate host instead of a path.
  return new URL(base).hostname.startsWith("api.") || base.endsWith("/api/v3") ? base : `${base}/api/v3`;
}

/** Checks that the clone URL is that of the repository. */
export function checkRepositoryUrl({ repository }: RepositoryConfiguration): Problem[] {
  if (!repository) return [];
  const url = parseUrl(cloneUrlOf(repository));
  const path = `/${repository.owner}/${repository.name}`;
  // Argo CD matches a webhook to its Applications by the host and path of the URL.
  if (!url || url.pathname.replace(/\.git$/, "").endsWith(path)) return [];
  return [
    {
      key: "repository.url",
      got: show(repository.url),
      expected: `a URL that ends with ${path} or ${path}.git`,
      fix: "Make it agree with repository.owner and repository.name.",
    },
  ];
}

/** Checks that an existing repository is either adopted or filled. */
export function checkExisting({ repository }: RepositoryConfiguration): Problem[] {
  if (repository?.adopt !== true || repository.empty !== true) return [];
  const fix = "Remove one: adopt keeps the repository's content, and empty writes the first content.";
  return [{ key: "repository.empty", got: "true", expected: "false if repository.adopt is true", fix }];
}
