import { z } from "zod";
import { guardSchema } from "./guard";
import { deployKeysSchema, repositorySchema, webhooksSchema } from "./repository-schema";
import {
  choice,
  flag,
  githubId,
  keysError,
  mapError,
  privateKey,
  rsaKey,
  schemaError,
  secretString,
  secretUrl,
  nonEmptyString,
  token,
  httpsUrl,
} from "./schema-parts";
import { SERVICE_NAME } from "../contract/paths";

// A Service's name must start with a letter (RFC 1035), and Helm limits a release's name to 53 characters.
const serviceName = schemaError(
  "at most 53 lower-case letters, digits and hyphens, a letter first, no hyphen last",
  "Kubernetes and Helm accept no other names for a service.",
);
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
const namespaceName = schemaError(
  "an RFC 1123 label: at most 63 lower-case letters, digits and hyphens, no hyphen first or last",
  "Kubernetes accepts no other names for a namespace.",
);

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
const hostName = schemaError(
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
          className: nonEmptyString("the name of an IngressClass", "Remove it for the cluster's default.").optional(),
          tlsSecret: nonEmptyString(
            "the name of a Secret with the certificate",
            "GitHub requires a trusted certificate.",
          ),
          annotations: z
            .record(
              z.string(),
              z.string(schemaError("a string", "Annotations can only be strings.")),
              mapError("annotation names"),
            )
            .optional(),
        },
        keysError("className, tlsSecret, annotations"),
      )
      .optional(),
    gateway: z
      .strictObject(
        {
          name: nonEmptyString("the name of a Gateway", "Set the Gateway that GitHub reaches."),
          namespace: nonEmptyString("the Gateway's namespace", "Set the namespace of the Gateway."),
          listener: nonEmptyString("the name of one of its HTTPS listeners", "GitHub requires a trusted certificate."),
        },
        keysError("name, namespace, listener"),
      )
      .optional(),
  },
  keysError("host, applicationSetHost, ingress, gateway"),
);

// Slack accepts letters of any script in a name, but capital letters only in an ID.
const channel = schemaError(
  "the name of a Slack channel without #, or its ID",
  "The ID is at the end of the channel's About page.",
);

/** The schemas of the keys in the namespace `gitops-platform` that hold no secret. */
export const publicKeys = {
  kubeconfig: nonEmptyString("the path of a kubeconfig file", "Run: pulumi config set kubeconfig ~/.kube/config"),
  context: nonEmptyString("the name of a context of that kubeconfig", "Run: pulumi config set context <context>"),
  argocd: z.strictObject(
    {
      manifest: nonEmptyString(
        "the path of an install.yaml of Argo CD",
        "Remove it to look for the pinned one.",
      ).optional(),
      highAvailability: flag("Remove it for the environment's default.").optional(),
      url: httpsUrl("Argo CD's web interface").optional(),
      notifications: httpsUrl("the webhook for notifications; set its token in notificationsToken").optional(),
      slack: z
        .strictObject(
          { channel: z.string(channel).regex(/^([\p{Ll}\p{Lo}\p{N}_-]{1,80}|[CG][A-Z0-9]{8,})$/u, channel) },
          keysError("channel"),
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
              "the installation ID of that App",
              "It is the last part of the URL of the installation's page: Settings, GitHub Apps, Configure.",
            ),
          },
          keysError("appId, installationId"),
        )
        .optional(),
      parameters: z
        .record(
          z.string(),
          z.union(
            [z.string(), z.number(), z.boolean()],
            schemaError("a string, a number, true or false", "argocd-cmd-params-cm accepts nothing else."),
          ),
          mapError("parameters of argocd-cmd-params-cm"),
        )
        .optional(),
      webhookExposure: webhookExposure.optional(),
    },
    keysError("manifest, highAvailability, url, notifications, slack, deployments, parameters, webhookExposure"),
  ),
  delivery: z.strictObject(
    {
      sync: choice(["auto", "manual"], "auto follows main; manual waits for a person.").optional(),
      drift: choice(["heal", "alert"], "heal reverts a live edit; alert only reports it.").optional(),
    },
    keysError("sync, drift"),
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
        keysError("name, namespace"),
      ),
      schemaError("a list of services", "Write it as lines of - name: <service>."),
    )
    .min(1, schemaError("at least one service", "Write it as lines of - name: <service>.")),
  repository: repositorySchema,
  webhooks: webhooksSchema,
  applicationSetWebhooks: webhooksSchema,
  deployKeys: deployKeysSchema,
  protect: flag("Remove it for the environment's default."),
} as const;

/** GitHub Apps have RSA keys. Git uses them in OpenSSH's format to sign and verify. */
const appKey = (key: string, app: string) =>
  rsaKey(`the private key of ${app}, an RSA key`, `Run: pulumi config set --secret ${key} < <the App's .pem file>`);

/**
 * The schemas of the keys in the namespace `gitops-platform` that hold secrets. Messages never contain their values.
 */
export const secretKeys = {
  githubToken: token("a GitHub token", "Run: pulumi config set --secret githubToken"),
  repositoryToken: token("a token that may read the repository", "Run: pulumi config set --secret repositoryToken"),
  repositoryKey: privateKey(
    "the private key of a deploy key, without a passphrase",
    "Run: pulumi config set --secret repositoryKey < argocd-<environment>",
  ),
  repositoryAppKey: privateKey(
    "the private key of the GitHub App that Argo CD reads with",
    "Run: pulumi config set --secret repositoryAppKey < <the App's .pem file>",
  ),
  bumpAppKey: appKey("bumpAppKey", "the GitHub App repository.bumpApp"),
  releaseAppKey: appKey("releaseAppKey", "the GitHub App repository.checksApp"),
  releaseAlertsUrl: secretUrl(
    "the URL to which the release workflow sends alerts",
    "Run: pulumi config set --secret releaseAlertsUrl",
  ),
  notificationsToken: token("a token for argocd.notifications", "Run: pulumi config set --secret notificationsToken"),
  slackToken: token("the bot token of a Slack app", "Run: pulumi config set --secret slackToken"),
  // Validated here, because Argo CD sends no notifications at all if it cannot read this key, not even alerts.
  deploymentsAppKey: appKey("deploymentsAppKey", "the GitHub App that writes deployments"),
  webhookSecret: secretString("this cluster's webhook secret", "Run: pulumi config set --secret webhookSecret"),
  webhookSecrets: z.record(
    z.string(),
    secretString(
      "that environment's webhook secret",
      "Run: pulumi config set --secret --path webhookSecrets.<environment>",
    ),
    mapError("environment names"),
  ),
} as const;

/** Every key of the namespace `gitops-platform`. */
export const allKeys = { ...publicKeys, ...secretKeys };

/** A key of the namespace `gitops-platform`. */
export type Key = keyof typeof allKeys;

/** A stack's configuration before defaults. A key is absent if it is not set, or if its value is invalid. */
export type Configuration = { readonly [K in Key]?: z.infer<(typeof allKeys)[K]> };
