import { z } from "zod";
import { parseUrl } from "./address";
import { choice, flag, githubId, isPrivate, keys, rule, webUrl } from "./schema-parts";

const ownerName = rule(
  "a GitHub organisation or user: at most 39 letters, digits and single hyphens, no hyphen first or last",
  "Write it as in github.com/<owner>/<repository>.",
);
const repositoryName = rule(
  "a GitHub repository: at most 100 letters, digits, hyphens, underscores and dots, without .git at the end",
  "Write it as in github.com/<owner>/<repository>.",
);
const cloneUrl = rule(
  "an https or ssh URL that ends with /<owner>/<repository> or that with .git, without a password (http only on this machine)",
  "Remove it for github.com; credentials go to repositoryToken.",
);

const seedNames = rule(
  "a list of names of services",
  "Write it as lines of - <service>; a service that comes later gets its values by a pull request.",
);

function isCloneUrl(text: string): boolean {
  const url = parseUrl(text);
  if (!url || url.password || url.search || url.hash) return false;
  return (isPrivate(url) && !url.username) || url.protocol === "ssh:";
}

const codeOwner = rule(
  "a GitHub user, or a team as <organisation>/<team>, without @",
  "Write it as in github.com/<user>, or as in github.com/orgs/<organisation>/teams/<team>.",
);
const person = {
  ...rule("a person or a team of people", "Remove it: an approval by a bot is nobody's."),
  // Which form a bot's name has does not matter then.
  abort: true,
};
/** The names of GitHub Apps end with [bot]; those of accounts that programs use often with -bot. */
const BOT = /(\[bot\]|-bot)$|^(dependabot|github-actions|renovate)$/i;
/** Members of enterprises with accounts of their own have an underscore and a short name after theirs. */
const USER_OR_TEAM = /^([a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9]+)?|[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9_]+(-+[a-z0-9_]+)*)$/i;
const USER = /^[a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9]+)?$/i;
const OWNER_AND_NAME = /^[a-z0-9]+(-[a-z0-9]+)*\/(?!\.{1,2}$)[\w.-]{1,100}$/i;

const codeOwners = z
  .array(
    z
      .string(codeOwner)
      .refine((name) => !BOT.test(name), person)
      .regex(USER_OR_TEAM, codeOwner),
    rule("a list of users and teams", "Write it as lines of - <organisation>/<team>."),
  )
  .min(1, rule("at least one team, or two people", "Write it as lines of - <organisation>/<team>."));

const account = rule(
  "the login of an account that CI uses, without @",
  "Write it as in github.com/<login>. An App is known by its [bot] and needs no line.",
);
const codeRepository = rule("a repository as <owner>/<name>", "Write it as in github.com/<owner>/<name>.");

/** The key `repository`. */
export const repositorySchema = z.strictObject(
  {
    owner: z
      .string(ownerName)
      .max(39, ownerName)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/i, ownerName),
    name: z
      .string(repositoryName)
      .regex(/^[\w.-]{1,100}$/, repositoryName)
      .refine((name) => !/^\.{1,2}$|\.git$/i.test(name), repositoryName),
    manage: flag("One stack owns the repository, prod by default.").optional(),
    url: z.string(cloneUrl).refine(isCloneUrl, cloneUrl).optional(),
    visibility: choice(["private", "internal", "public"], "Remove it for private.").optional(),
    adopt: flag("true takes over a repository that exists.").optional(),
    apiUrl: webUrl("GitHub's API (only for GitHub Enterprise Server)").optional(),
    seed: z.array(z.string(seedNames), seedNames).optional(),
    platformTeam: codeOwners.optional(),
    platformTeamId: githubId(
      "the number of the team in platformTeam",
      "Run: gh api orgs/<organisation>/teams/<team> --jq .id",
    ).optional(),
    approvers: z.record(z.string(), codeOwners, keys("that name environments")).optional(),
    codeOwners: z.record(z.string(), codeOwners, keys("that are paths, such as /environments/staging/")).optional(),
    checksApp: githubId(
      "the App ID of the platform's GitHub App",
      "It is on the App's page on GitHub, under About.",
    ).optional(),
    bumpApp: githubId(
      "the App ID of the GitHub App that writes bumps",
      "It is on the App's page on GitHub, under About.",
    ).optional(),
    ciAccounts: z
      .array(z.string(account).regex(USER, account), rule("a list of logins", "Write it as lines of - <login>."))
      .optional(),
    serviceRepositories: z
      .record(z.string(), z.string(codeRepository).regex(OWNER_AND_NAME, codeRepository), keys("that name services"))
      .optional(),
    enforcement: choice(["active", "disabled"], "Remove it for active.").optional(),
    account: z
      .strictObject(
        {
          type: choice(["organization", "user"], "Remove it where owner is an organisation.").optional(),
          plan: choice(["free", "pro", "team", "enterprise"], "Remove it to find out at the first up.").optional(),
        },
        keys("type, plan"),
      )
      .optional(),
    reader: z
      .strictObject(
        {
          appId: githubId("the App ID of the GitHub App that Argo CD reads with", "It is on the App's page on GitHub."),
          installationId: githubId(
            "the number of that App's installation",
            "It ends the address of the installation's page: Settings, GitHub Apps, Configure.",
          ),
        },
        keys("appId, installationId"),
      )
      .optional(),
  },
  keys(
    "owner, name, manage, url, visibility, adopt, apiUrl, seed, platformTeam, platformTeamId, approvers, codeOwners, checksApp, " +
      "bumpApp, ciAccounts, serviceRepositories, enforcement, account, reader",
  ),
);

/** The keys `webhooks` and `applicationSetWebhooks`. */
export const webhooksSchema = z.record(
  z.string(),
  webUrl("that environment's webhook endpoint").refine(
    (address) => parseUrl(address)?.pathname.endsWith("/api/webhook") ?? false,
    rule("a URL that ends with /api/webhook", "Argo CD listens for webhooks there and nowhere else."),
  ),
  keys("that name environments"),
);

const publicKey = rule(
  "the public half of an SSH key, on one line",
  "Run: ssh-keygen -t ed25519 -N '' -f argocd-<environment>, and take the file that ends with .pub.",
);

/** The key `deployKeys`. */
export const deployKeysSchema = z.record(
  z.string(),
  z.string(publicKey).regex(/^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+) AAAA[A-Za-z0-9+/]{20,}={0,2}( .*)?$/, publicKey),
  keys("that name environments"),
);
