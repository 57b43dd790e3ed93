import { z } from "zod";
import { guardSchema } from "./guard";
import { deployKeysSchema, repositorySchema, webhooksSchema } from "./repository-schema";
import {
  choice,
  flag,
  githubId,
  keys,
  privateKey,
  rsaKey,
  rule,
  secretText,
  secretUrl,
  text,
  token,
  webUrl,
} from "./schema-parts";
import { SERVICE_NAME } from "./service-name";

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

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
const hostName = rule(
  "a host name: lower-case letters, digits, hyphens and dots",
  "Write it without https:// and without a path.",
);
const host = z
  .string(hostName)
  .max(253, hostName)
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/, hostName);

const webhookExposure = z.strictObject(
  {
    host,
    applicationSetHost: host.optional(),
    ingress: z
      .strictObject(
        {
          className: text("the name of an IngressClass", "Remove it for the cluster's default.").optional(),
          tlsSecret: text("the name of a Secret with the certificate", "GitHub sends to trusted certificates only."),
          annotations: z
            .record(z.string(), z.string(rule("a text", "Annotations hold nothing else.")), keys("of annotations"))
            .optional(),
        },
        keys("className, tlsSecret, annotations"),
      )
      .optional(),
    gateway: z
      .strictObject(
        {
          name: text("the name of a Gateway", "Set the Gateway that GitHub reaches."),
          namespace: text("the Gateway's namespace", "Set the namespace of the Gateway."),
          listener: text("the name of one of its HTTPS listeners", "GitHub sends to trusted certificates only."),
        },
        keys("name, namespace, listener"),
      )
      .optional(),
  },
  keys("host, applicationSetHost, ingress, gateway"),
);

// Slack takes a name's letters of any script, capital ones in an ID only.
const channel = rule(
  "the name of a Slack channel without #, or its ID",
  "Its ID is at the end of the channel's About.",
);

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
      slack: z
        .strictObject(
          { channel: z.string(channel).regex(/^([\p{Ll}\p{Lo}\p{N}_-]{1,80}|[CG][A-Z0-9]{8,})$/u, channel) },
          keys("channel"),
        )
        .optional(),
      deployments: z
        .strictObject(
          {
            appId: githubId(
              "the App ID of the GitHub App that writes deployments",
              "It is on the App's page on GitHub.",
            ),
            installationId: githubId(
              "the number of that App's installation",
              "It ends the address of the installation's page: Settings, GitHub Apps, Configure.",
            ),
          },
          keys("appId, installationId"),
        )
        .optional(),
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
      webhookExposure: webhookExposure.optional(),
    },
    keys("manifest, highAvailability, url, notifications, slack, deployments, parameters, webhookExposure"),
  ),
  delivery: z.strictObject(
    {
      sync: choice(["auto", "manual"], "auto follows main; manual waits for a person.").optional(),
      drift: choice(["heal", "alert"], "heal reverts a live edit; alert tells somebody.").optional(),
    },
    keys("sync, drift"),
  ),
  guard: guardSchema,
  services: z
    .array(
      z.strictObject(
        {
          name: z.string(serviceName).regex(SERVICE_NAME, serviceName),
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
  repository: repositorySchema,
  webhooks: webhooksSchema,
  applicationSetWebhooks: webhooksSchema,
  deployKeys: deployKeysSchema,
  protect: flag("Remove it for the environment's default."),
} as const;

/** GitHub gives its Apps RSA keys, and Git signs and verifies with them as OpenSSH's. */
const appKey = (key: string, app: string) =>
  rsaKey(`the private key of ${app}, an RSA key`, `Run: pulumi config set --secret ${key} < <the App's .pem file>`);

/** The keys of the namespace `gitops-platform` that hold secrets. Their values never reach a message. */
export const secretKeys = {
  githubToken: token("a GitHub token", "Run: pulumi config set --secret githubToken"),
  repositoryToken: token("a token that may read the repository", "Run: pulumi config set --secret repositoryToken"),
  repositoryKey: privateKey(
    "the private half of a deploy key, without a passphrase",
    "Run: pulumi config set --secret repositoryKey < argocd-<environment>",
  ),
  repositoryAppKey: privateKey(
    "the private key of the GitHub App that Argo CD reads with",
    "Run: pulumi config set --secret repositoryAppKey < <the App's .pem file>",
  ),
  bumpAppKey: appKey("bumpAppKey", "the GitHub App repository.bumpApp"),
  releaseAppKey: appKey("releaseAppKey", "the GitHub App repository.checksApp"),
  releaseAlertsUrl: secretUrl(
    "the address that the release workflow tells",
    "Run: pulumi config set --secret releaseAlertsUrl",
  ),
  notificationsToken: token("a token for argocd.notifications", "Run: pulumi config set --secret notificationsToken"),
  slackToken: token("the bot token of a Slack app", "Run: pulumi config set --secret slackToken"),
  // Where Argo CD cannot read this key it tells nobody anything, alerts included.
  deploymentsAppKey: appKey("deploymentsAppKey", "the GitHub App that writes deployments"),
  webhookSecret: secretText("this cluster's webhook secret", "Run: pulumi config set --secret webhookSecret"),
  webhookSecrets: z.record(
    z.string(),
    secretText(
      "that environment's webhook secret",
      "Run: pulumi config set --secret --path webhookSecrets.<environment>",
    ),
    keys("that name environments"),
  ),
} as const;

/** Every key of the namespace `gitops-platform`. */
export const allKeys = { ...publicKeys, ...secretKeys };

/** A key of the namespace `gitops-platform`. */
export type Key = keyof typeof allKeys;

/** What a stack may configure, before defaults. A key is absent where it was not set, or where its value is wrong. */
export type Configuration = { readonly [K in Key]?: z.infer<(typeof allKeys)[K]> };
