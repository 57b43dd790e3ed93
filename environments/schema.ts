import { z } from "zod";
import { parseUrl } from "./address";

/** The message of a schema: what the value must be, and what to do about it. {@link problemsOf} reads it back. */
function rule(expected: string, fix: string): { error: string } {
  return { error: `${expected}${SEPARATOR}${fix}` };
}

/** Stands between the two halves of a schema's message; no message holds it by itself. */
export const SEPARATOR = "\u0000";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether a URL keeps what is sent to it to itself: encrypted, or never leaving this machine. */
function isPrivate(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}

function webUrl(purpose: string) {
  const message = rule(
    "an https URL without user, password, query or fragment (http only on this machine)",
    `Set the address of ${purpose}.`,
  );
  return z.string(message).refine((text) => {
    const url = parseUrl(text);
    return url !== null && isPrivate(url) && !url.username && !url.password && !url.search && !url.hash;
  }, message);
}

const text = (what: string, fix: string) => z.string(rule(what, fix)).min(1, rule(what, fix));
const flag = (fix: string) => z.boolean(rule("true or false", fix));
const choice = <const T extends readonly [string, ...string[]]>(values: T, fix: string) =>
  z.enum(values, rule(`one of ${values.join(", ")}`, fix));
const keys = (names: string) => rule(`a map with the keys ${names}`, "Write it as key: value lines below this key.");

// A Service's name must start with a letter (RFC 1035), and Helm gives a release 53 characters.
const serviceName = rule(
  "at most 53 lower-case letters, digits and hyphens, a letter first, no hyphen last",
  "Kubernetes and Helm take no other name for a service.",
);
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
const namespaceName = rule(
  "an RFC 1123 label: at most 63 lower-case letters, digits and hyphens, no hyphen first or last",
  "Kubernetes takes no other name for a namespace.",
);

const ownerName = rule(
  "a GitHub organisation or user: at most 39 letters, digits and single hyphens, no hyphen first or last",
  "Write it as in github.com/<owner>/<repository>.",
);
const repositoryName = rule(
  "a GitHub repository: at most 100 letters, digits, hyphens, underscores and dots, without .git at the end",
  "Write it as in github.com/<owner>/<repository>.",
);
const seedNames = rule(
  "a list of names of services",
  "Write it as lines of - <service>; a service that comes later gets its values by a pull request.",
);
const cloneUrl = rule(
  "an https or ssh URL that ends with /<owner>/<repository> or that with .git, without a password (http only on this machine)",
  "Remove it for github.com; credentials go to repositoryToken.",
);

function isCloneUrl(text: string): boolean {
  const url = parseUrl(text);
  if (!url || url.password || url.search || url.hash) return false;
  return (isPrivate(url) && !url.username) || url.protocol === "ssh:";
}

/** The keys of the namespace `gitops-platform` that hold no secret, each with the schema of its value. */
export const publicKeys = {
  kubeconfig: text("the path of a kubeconfig file", "Run: pulumi config set kubeconfig ~/.kube/config"),
  context: text("the name of a context of that kubeconfig", "Run: pulumi config set context <context>"),
  argocd: z.strictObject(
    {
      manifest: text("the path of an install.yaml of Argo CD", "Remove it to look for the pinned one.").optional(),
      highAvailability: flag("Remove it for the environment's default.").optional(),
      url: webUrl("Argo CD as people see it").optional(),
      notifications: webUrl("what receives notifications; a token belongs into notificationsToken").optional(),
      parameters: z
        .record(
          z.string(),
          z.union(
            [z.string(), z.number(), z.boolean()],
            rule("a text, a number, true or false", "argocd-cmd-params-cm holds nothing else."),
          ),
          keys("that argocd-cmd-params-cm takes"),
        )
        .optional(),
    },
    keys("manifest, highAvailability, url, notifications, parameters"),
  ),
  delivery: z.strictObject(
    {
      sync: choice(["auto", "manual"], "auto follows main; manual waits for a person.").optional(),
      drift: choice(["heal", "alert"], "heal reverts a live edit; alert tells somebody.").optional(),
    },
    keys("sync, drift"),
  ),
  services: z
    .array(
      z.strictObject(
        {
          name: z.string(serviceName).regex(/^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/, serviceName),
          namespace: z
            .string(namespaceName)
            .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, namespaceName)
            .optional(),
        },
        keys("name, namespace"),
      ),
      rule("a list of services", "Write it as lines of - name: <service>."),
    )
    .min(1, rule("at least one service", "Write it as lines of - name: <service>.")),
  repository: z.strictObject(
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
    },
    keys("owner, name, manage, url, visibility, adopt, apiUrl, seed"),
  ),
  webhooks: z.record(
    z.string(),
    webUrl("that environment's webhook endpoint").refine(
      (address) => parseUrl(address)?.pathname.endsWith("/api/webhook") ?? false,
      rule("a URL that ends with /api/webhook", "Argo CD listens for webhooks there and nowhere else."),
    ),
    keys("that name environments"),
  ),
  protect: flag("Remove it for the environment's default."),
} as const;

/** The keys of the namespace `gitops-platform` that hold secrets. Their values never reach a message. */
export const secretKeys = {
  githubToken: text("a GitHub token", "Run: pulumi config set --secret githubToken"),
  repositoryToken: text("a token that may read the repository", "Run: pulumi config set --secret repositoryToken"),
  notificationsToken: text("a token for argocd.notifications", "Run: pulumi config set --secret notificationsToken"),
  webhookSecret: text("this cluster's webhook secret", "Run: pulumi config set --secret webhookSecret"),
  webhookSecrets: z.record(
    z.string(),
    text("that environment's webhook secret", "Run: pulumi config set --secret --path webhookSecrets.<environment>"),
    keys("that name environments"),
  ),
} as const;

/** Every key of the namespace `gitops-platform`. */
export const allKeys = { ...publicKeys, ...secretKeys };

/** A key of the namespace `gitops-platform`. */
export type Key = keyof typeof allKeys;

/** What a stack may configure, before defaults. A key is absent where it was not set, or where its value is wrong. */
export type Configuration = { readonly [K in Key]?: z.infer<(typeof allKeys)[K]> };
