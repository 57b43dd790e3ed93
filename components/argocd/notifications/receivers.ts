import type { Receivers, SmtpServer, TeamAlerts } from "@gitops-platform/environments/settings/receivers";
import { SERVICE_LABEL } from "../../labels";

/** The key of argocd-notifications-secret that holds the SMTP server's password. */
export const SMTP_PASSWORD_KEY = "smtp-password";

/** The key of argocd-notifications-secret that holds the URL of a Microsoft Teams workflow. */
export function workflowKey(name: string): string {
  return `microsoft-teams-${name}`;
}

/** The key of argocd-notifications-secret that holds the integration key of a PagerDuty service. */
export function pagerDutyKey(name: string): string {
  return `pagerduty-${name}`;
}

/** Who receives alerts, and about which services. */
export interface ReceiverSettings {
  /** The platform's receivers, by their names at Argo CD's services, and those of PagerDuty. */
  readonly platform: Receivers & { readonly webhook?: string | undefined };
  readonly teams: readonly TeamAlerts[];
  readonly smtp?: SmtpServer | undefined;
}

/** A subscription of argocd-notifications-cm. Without triggers it has the default ones. */
export interface Subscription {
  readonly recipients: readonly string[];
  readonly triggers?: readonly string[];
  readonly selector?: string;
}

/**
 * The definitions of Argo CD's services for these receivers, by key. Argo CD replaces each `$<key>` with the value in
 * argocd-notifications-secret. The names of the options are those of the notifications engine's
 * `pkg/services/{email,pagerdutyv2,teams-workflows}.go`.
 */
export function receiverServices({ platform, teams, smtp }: ReceiverSettings): Record<string, unknown> {
  const named = (kind: "microsoftTeams" | "pagerDuty") =>
    Array.from(new Set([platform, ...teams].flatMap((each) => each[kind] ?? [])));
  const byName = (names: readonly string[], keyOf: (name: string) => string) =>
    Object.fromEntries(names.map((name) => [name, `$${keyOf(name)}`]));
  const [workflows, pagers] = [named("microsoftTeams"), named("pagerDuty")];
  return {
    ...(workflows.length > 0 && { "service.teams-workflows": { recipientUrls: byName(workflows, workflowKey) } }),
    ...(pagers.length > 0 && { "service.pagerdutyv2": { serviceKeys: byName(pagers, pagerDutyKey) } }),
    ...(smtp && { "service.email": { ...smtp, password: `$${SMTP_PASSWORD_KEY}` } }),
  };
}

/** The triggers of an environment, by who gets them. */
export interface Triggers {
  /** Undefined: the default ones. */
  readonly all: readonly string[] | undefined;
  /** Those for which somebody must do something. Only these page people. */
  readonly actionable: readonly string[];
  /** Those that the platform team gets of every service. */
  readonly platform: readonly string[];
}

/**
 * The subscriptions of the receivers. A team with receivers gets the messages about its services; the platform team
 * gets only those that it must know.
 */
export function receiverSubscriptions({ platform, teams }: ReceiverSettings, triggers: Triggers): Subscription[] {
  const routed = Array.from(new Set(teams.flatMap(({ services }) => services))).sort();
  const others = routed.length > 0 ? { selector: `${SERVICE_LABEL} notin (${routed.join(",")})` } : {};
  const ofRouted = routed.length > 0 ? { selector: `${SERVICE_LABEL} in (${routed.join(",")})` } : undefined;
  return [
    ...subscriptionsOf(platform, triggers, others),
    ...(ofRouted ? subscriptionsOf(platform, { ...triggers, ...narrowed(triggers) }, ofRouted) : []),
    ...teams.flatMap((team) =>
      subscriptionsOf(team, triggers, { selector: `${SERVICE_LABEL} in (${team.services.join(",")})` }),
    ),
  ];
}

function narrowed({ platform, actionable }: Triggers): Pick<Triggers, "all" | "actionable"> {
  return { all: platform, actionable: actionable.filter((trigger) => platform.includes(trigger)) };
}

function subscriptionsOf(
  { webhook, slack, microsoftTeams, pagerDuty, email = [] }: ReceiverSettings["platform"],
  { all, actionable }: Triggers,
  selection: Pick<Subscription, "selector">,
): Subscription[] {
  const recipients = [
    ...(webhook === undefined ? [] : [webhook]),
    ...(slack === undefined ? [] : [`slack:${slack}`]),
    ...(microsoftTeams === undefined ? [] : [`teams-workflows:${microsoftTeams}`]),
    ...email.map((address) => `email:${address}`),
  ];
  return [
    ...(recipients.length > 0 ? [{ recipients, ...(all && { triggers: all }), ...selection }] : []),
    ...(pagerDuty === undefined
      ? []
      : [{ recipients: [`pagerdutyv2:${pagerDuty}`], triggers: actionable, ...selection }]),
  ];
}
