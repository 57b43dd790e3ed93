import { z } from "zod";
import { parseUrl } from "./url";
import { choice, flag, githubId, httpsUrl, isConfidential, keysError, mapError, schemaError } from "./schema-parts";

const ownerName = schemaError(
  "a GitHub organisation or user: at most 39 letters, digits and single hyphens, no hyphen first or last",
  "Write it as in github.com/<owner>/<repository>.",
);
const repositoryName = schemaError(
  "a GitHub repository: at most 100 letters, digits, hyphens, underscores and dots, without .git at the end",
  "Write it as in github.com/<owner>/<repository>.",
);
const cloneUrl = schemaError(
  "an https or ssh URL without a password that ends with /<owner>/<repository> or /<owner>/<repository>.git " +
    "(http only on this machine)",
  "Remove it for github.com; set credentials in repositoryToken.",
);

const seedNames = schemaError(
  "a list of service names",
  "Write it as lines of - <service>; add the values of later services by a pull request.",
);

function isCloneUrl(text: string): boolean {
  const url = parseUrl(text);
  if (!url || url.password || url.search || url.hash) return false;
  return (isConfidential(url) && !url.username) || url.protocol === "ssh:";
}

const codeOwner = schemaError(
  "a GitHub user, or a team as <organisation>/<team>, without @",
  "Write it as in github.com/<user>, or as in github.com/orgs/<organisation>/teams/<team>.",
);
const person = {
  ...schemaError("a person or a team of people", "Remove it: an approval by a bot does not count."),
  // The format of a bot's name needs no second message.
  abort: true,
};
/** The names of GitHub Apps end with [bot]; the names of accounts that programs use often end with -bot. */
const BOT = /(\[bot\]|-bot)$|^(dependabot|github-actions|renovate)$/i;
/** Enterprise Managed Users have a suffix of an underscore and the enterprise's short code. */
const USER_OR_TEAM = /^([a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9]+)?|[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9_]+(-+[a-z0-9_]+)*)$/i;
const USER = /^[a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9]+)?$/i;
const OWNER_AND_NAME = /^[a-z0-9]+(-[a-z0-9]+)*\/(?!\.{1,2}$)[\w.-]{1,100}$/i;

const codeOwners = z
  .array(
    z
      .string(codeOwner)
      .refine((name) => !BOT.test(name), person)
      .regex(USER_OR_TEAM, codeOwner),
    schemaError("a list of users and teams", "Write it as lines of - <organisation>/<team>."),
  )
  .min(1, schemaError("at least one team, or two people", "Write it as lines of - <organisation>/<team>."));

const account = schemaError(
  "the login of an account that CI uses, without @",
  "Write it as in github.com/<login>. An App is recognized by its suffix [bot] and needs no entry.",
);
const codeRepository = schemaError("a repository as <owner>/<name>", "Write it as in github.com/<owner>/<name>.");

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
    adopt: flag("true adopts an existing repository.").optional(),
    apiUrl: httpsUrl("GitHub's API (only for GitHub Enterprise Server)").optional(),
    seed: z.array(z.string(seedNames), seedNames).optional(),
    platformTeam: codeOwners.optional(),
    platformTeamId: githubId(
      "the ID of the team in platformTeam",
      "Run: gh api orgs/<organisation>/teams/<team> --jq .id",
    ).optional(),
    approvers: z.record(z.string(), codeOwners, mapError("environment names")).optional(),
    codeOwners: z.record(z.string(), codeOwners, mapError("paths (such as /environments/staging/)")).optional(),
    checksApp: githubId(
      "the App ID of the platform's GitHub App",
      "It is on the App's page on GitHub, under About.",
    ).optional(),
    bumpApp: githubId(
      "the App ID of the GitHub App that writes bumps",
      "It is on the App's page on GitHub, under About.",
    ).optional(),
    ciAccounts: z
      .array(z.string(account).regex(USER, account), schemaError("a list of logins", "Write it as lines of - <login>."))
      .optional(),
    serviceRepositories: z
      .record(z.string(), z.string(codeRepository).regex(OWNER_AND_NAME, codeRepository), mapError("service names"))
      .optional(),
    enforcement: choice(["active", "disabled"], "Remove it for active.").optional(),
    account: z
      .strictObject(
        {
          type: choice(["organization", "user"], "Remove it where owner is an organisation.").optional(),
          plan: choice(["free", "pro", "team", "enterprise"], "Remove it to find out at the first up.").optional(),
        },
        keysError("type, plan"),
      )
      .optional(),
    reader: z
      .strictObject(
        {
          appId: githubId("the App ID of the GitHub App that Argo CD reads with", "It is on the App's page on GitHub."),
          installationId: githubId(
            "the installation ID of that App",
            "It is the last part of the URL of the installation's page: Settings, GitHub Apps, Configure.",
          ),
        },
        keysError("appId, installationId"),
      )
      .optional(),
  },
  keysError(
    "owner, name, manage, url, visibility, adopt, apiUrl, seed, platformTeam, platformTeamId, approvers, codeOwners, checksApp, " +
      "bumpApp, ciAccounts, serviceRepositories, enforcement, account, reader",
  ),
);

/** The keys `webhooks` and `applicationSetWebhooks`. */
export const webhooksSchema = z.record(
  z.string(),
  httpsUrl("that environment's webhook endpoint").refine(
    (url) => parseUrl(url)?.pathname.endsWith("/api/webhook") ?? false,
    schemaError("a URL that ends with /api/webhook", "Argo CD receives webhooks only at that path."),
  ),
  mapError("environment names"),
);

const publicKey = schemaError(
  "an SSH public key, on one line",
  "Run: ssh-keygen -t ed25519 -N '' -f argocd-<environment>, and use the file that ends with .pub.",
);

/** The key `deployKeys`. */
export const deployKeysSchema = z.record(
  z.string(),
  z.string(publicKey).regex(/^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+) AAAA[A-Za-z0-9+/]{20,}={0,2}( .*)?$/, publicKey),
  mapError("environment names"),
);
