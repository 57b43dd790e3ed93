import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import { serviceName } from "./delivery";
import type { notificationsArea } from "./notifications";
import { area, type ConfigurationOf } from "./setting";
import {
  check,
  fixedMap,
  freeMap,
  list,
  nonEmptyText,
  rules,
  secretText,
  secretUrl,
  slackChannel,
  text,
  token,
} from "./values";

/** A name becomes part of a key of a Secret, and of a subscription, in which a colon would end it. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/;
const nameRule = {
  expected: "a name of lower-case letters, digits and hyphens, at most 42",
  fix: "Choose a name: it is only used here.",
};
const name = text(nameRule, (value) => NAME.test(value));

// https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/teams-workflows/
/** The URLs to which Argo CD 3.6 posts. */
const WORKFLOW_URL =
  /(api\.(powerautomate|powerplatform)\.com|flow\.microsoft\.com|webhook\.office\.com\/workflows|\/powerautomate\/)/i;

const address = text(
  { expected: "one e-mail address, such as on-call@vaarak.example", fix: "Write several as a list." },
  (value) => /^[^\s@,;:<>"]+@[A-Za-z0-9.-]+$/.test(value),
);
const addresses = list(
  { expected: "a list of e-mail addresses", fix: "Write it as lines of - <address>." },
  address,
).refine(
  (all) => all.length > 0,
  check({ expected: "at least one e-mail address", fix: "Name one, or remove the list: it reaches nobody." }),
);

const secretsByName = <Value extends z.ZodType<string>>(value: Value) =>
  freeMap("names", value)
    .refine((byName) => Object.keys(byName).every((key) => NAME.test(key)), check(nameRule))
    .register(rules, {
      expected: "a map with names as keys",
      fix: "Run: pulumi config set --secret --path <key>.<name>",
    });

/** Further receivers of the alerts that `argocd.notifications` and `argocd.slack` get, and whose alerts they are. */
export const receiversArea = area({
  "argocd.microsoftTeams": {
    schema: name,
    doc: "The Microsoft Teams channel for alerts: a name in `microsoftTeamsUrls`.",
    example: "platform",
  },
  "argocd.pagerDuty": {
    schema: name,
    doc:
      "The PagerDuty service for alerts: a name in `pagerDutyKeys`. It gets every alert but reverted live edits, " +
      "which need nobody.",
    example: "platform",
  },
  "argocd.email": {
    schema: fixedMap({
      host: text({ expected: "the host name of an SMTP server", fix: "Write it without a port." }, (value) =>
        /^[a-z0-9][-a-z0-9.]*$/.test(value),
      ),
      port: z
        .union([z.literal(465), z.literal(587)])
        .register(rules, { expected: "465 or 587", fix: "Remove it for 465, where everything is encrypted." })
        .optional(),
      username: nonEmptyText("the user name at the SMTP server", "Argo CD sends only with a user and a password."),
      from: address,
      to: addresses.optional(),
    }),
    doc:
      "E-mails with alerts: the SMTP server's `host` and `username`, the sender `from`, and the receivers `to`. " +
      "`port` is 465, or 587 for a server that offers only STARTTLS.",
    example: {
      host: "smtp.vaarak.example",
      username: "argocd",
      from: "argocd@vaarak.example",
      to: ["platform@vaarak.example"],
    },
    required: { by: ["smtpPassword"], expected: "an SMTP server", fix: "Set both, or remove the password." },
  },
  "argocd.teamAlerts": {
    schema: freeMap(
      "names of teams",
      fixedMap({
        services: list(
          { expected: "a list of services", fix: "Write it as lines of - <service>." },
          // The services of the catalogue are in the GitOps repository, so only the form of a name is checked.
          serviceName,
        ).refine(
          (services) => services.length > 0,
          check({ expected: "at least one service", fix: "Name the team's services, or remove the team." }),
        ),
        slack: slackChannel.optional(),
        microsoftTeams: name.optional(),
        pagerDuty: name.optional(),
        email: addresses.optional(),
      }),
    ),
    doc:
      "The receivers of each team's alerts: its `services`, also those of the catalogue, " +
      "and at least one of `slack`, `microsoftTeams`, `pagerDuty` and `email`. `up` does not check whether the " +
      "services exist. The platform's own receivers then get of these services only what the platform team must " +
      "know: edits that nothing reverts, Applications that follow another branch, and comparisons that fail.",
    default: "the platform's receivers get every alert",
    example: { checkout: { services: ["api"], slack: "checkout-alerts", pagerDuty: "checkout" } },
  },
  microsoftTeamsUrls: {
    schema: secretsByName(
      secretUrl("the URL of a workflow", "Copy it from the workflow in Microsoft Teams.").refine(
        (url) => WORKFLOW_URL.test(url),
        check({
          expected: "the URL of a workflow at api.powerautomate.com, api.powerplatform.com or flow.microsoft.com",
          fix: "Argo CD posts to no other: create the workflow again, because older URLs are retired.",
        }),
      ),
    ),
    doc: "The URLs of Microsoft Teams workflows that post to a channel, by a name of your choice.",
    example: "pulumi config set --secret --path microsoftTeamsUrls.platform",
    secret: true,
  },
  pagerDutyKeys: {
    schema: secretsByName(token("an integration key", "It is that of the Events API v2 integration.")),
    doc: "The integration keys (Events API v2) of PagerDuty services, by a name of your choice.",
    example: "pulumi config set --secret --path pagerDutyKeys.platform",
    secret: true,
  },
  smtpPassword: {
    schema: secretText("the password at the SMTP server", "Run: pulumi config set --secret smtpPassword"),
    doc: "The password of `username` in `argocd.email`.",
    example: "pulumi config set --secret smtpPassword",
    secret: true,
    required: { by: ["argocd.email"], expected: "a value", fix: "Set both, or remove the server." },
  },
});

/** Names or addresses at each kind of receiver. Undefined: none of this kind. */
export interface Receivers {
  /** A Slack channel. */
  readonly slack?: string | undefined;
  /** A name of {@link ReceiverSecrets.microsoftTeamsUrls}. */
  readonly microsoftTeams?: string | undefined;
  /** A name of {@link ReceiverSecrets.pagerDutyKeys}. */
  readonly pagerDuty?: string | undefined;
  /** E-mail addresses. */
  readonly email?: readonly string[] | undefined;
}

/** The alerts of a team's services, and their receivers. */
export interface TeamAlerts extends Receivers {
  readonly services: readonly string[];
}

/** The SMTP server that sends e-mails. */
export interface SmtpServer {
  readonly host: string;
  readonly port: 465 | 587;
  readonly username: string;
  readonly from: string;
}

/** The secrets of receivers. */
export interface ReceiverSecrets {
  readonly microsoftTeamsUrls: Readonly<Record<string, pulumi.Output<string>>>;
  readonly pagerDutyKeys: Readonly<Record<string, pulumi.Output<string>>>;
  readonly smtpPassword: pulumi.Output<string> | undefined;
}

/** Who receives alerts beside the webhook. */
export interface ReceiverOptions {
  /** The platform's receivers, apart from Slack's channel. */
  readonly receivers: Receivers;
  readonly teamAlerts: readonly TeamAlerts[];
  /** Undefined: no e-mails. */
  readonly smtp: SmtpServer | undefined;
  readonly receiverSecrets: ReceiverSecrets;
}

type ReceiversConfiguration = ConfigurationOf<typeof receiversArea & typeof notificationsArea>;

/** The receivers from a checked configuration, with their secrets as Pulumi secrets. */
export function receivers(configuration: ReceiversConfiguration): ReceiverOptions {
  const { argocd = {}, microsoftTeamsUrls = {}, pagerDutyKeys = {}, smtpPassword } = configuration;
  const { microsoftTeams, pagerDuty, email, teamAlerts = {} } = argocd;
  return {
    receivers: { microsoftTeams, pagerDuty, email: email?.to },
    teamAlerts: Object.values(teamAlerts),
    smtp: email && { host: email.host, port: email.port ?? 465, username: email.username, from: email.from },
    receiverSecrets: {
      microsoftTeamsUrls: secrets(microsoftTeamsUrls),
      pagerDutyKeys: secrets(pagerDutyKeys),
      smtpPassword: smtpPassword === undefined ? undefined : pulumi.secret(smtpPassword),
    },
  };
}

function secrets(byName: Readonly<Record<string, string>>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(Object.entries(byName).map(([name, value]) => [name, pulumi.secret(value)]));
}

/** Checks that each receiver has what its messages need, and that each team has a receiver. */
export function checkReceivers(configuration: ReceiversConfiguration): Problem[] {
  const { argocd = {}, microsoftTeamsUrls = {}, pagerDutyKeys = {} } = configuration;
  const { slack, microsoftTeams, pagerDuty, email, teamAlerts = {} } = argocd;
  const teams = Object.entries(teamAlerts).map(([team, own]) => [`argocd.teamAlerts.${team}`, own] as const);
  const used = (kind: "microsoftTeams" | "pagerDuty", platform: string | undefined) => [
    ...(platform === undefined ? [] : [{ key: `argocd.${kind}`, name: platform }]),
    ...teams.flatMap(([key, own]) => (own[kind] === undefined ? [] : [{ key: `${key}.${kind}`, name: own[kind] }])),
  ];
  return [
    ...namedSecrets("microsoftTeamsUrls", microsoftTeamsUrls, used("microsoftTeams", microsoftTeams)),
    ...namedSecrets("pagerDutyKeys", pagerDutyKeys, used("pagerDuty", pagerDuty)),
    ...teams.flatMap(([key, own]) => [
      ...(own.slack !== undefined && !slack ? [withoutSender(`${key}.slack`, own.slack, "argocd.slack")] : []),
      ...(own.email && !email ? [withoutSender(`${key}.email`, own.email, "argocd.email")] : []),
      ...((own.slack ?? own.microsoftTeams ?? own.pagerDuty ?? own.email) ? [] : [withoutReceiver(key)]),
    ]),
  ];
}

/** Each name must have a secret, and each secret a use: otherwise one of the two is misspelt. */
function namedSecrets(
  map: string,
  byName: Readonly<Record<string, string>>,
  used: readonly { readonly key: string; readonly name: string }[],
): Problem[] {
  const names = used.map(({ name }) => name);
  return [
    ...used
      .filter(({ name }) => !Object.hasOwn(byName, name))
      .map(({ key, name }) => {
        const fix = `Run: pulumi config set --secret --path ${map}.${name}`;
        return { key, got: show(name), expected: `a name in ${map}`, fix };
      }),
    ...Object.keys(byName)
      .filter((name) => !names.includes(name))
      .map((name) => {
        const fix = suggest(name, Array.from(new Set(names)));
        return { key: `${map}.${name}`, got: "a value", expected: "a name that a receiver uses", fix };
      }),
  ];
}

function withoutSender(key: string, got: unknown, sender: string): Problem {
  const fix = `Set ${sender}, too: it sends to every receiver of this kind.`;
  return { key, got: show(got), expected: `nothing without ${sender}`, fix };
}

function withoutReceiver(key: string): Problem {
  const expected = "at least one of slack, microsoftTeams, pagerDuty and email";
  return { key, got: "no receiver", expected, fix: "Set one, or remove the team: nobody would get its alerts." };
}
