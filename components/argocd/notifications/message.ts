import type { Alert } from "./alerts";

/** The template expression for the name of an Application, which is also its service's name. */
export const APPLICATION = "{{.app.metadata.name}}";

/** What messages contain besides the event itself. */
export interface MessageContext {
  /** The environment's name. */
  readonly environment: string;
  /** The URL of Argo CD's web interface. Undefined: messages contain no links. */
  readonly url: string | undefined;
}

/** The URL of the Application's page in Argo CD; undefined if Argo CD's URL is unknown. */
export function applicationUrl({ url }: MessageContext): string | undefined {
  return url === undefined ? undefined : `${url}/applications/${APPLICATION}`;
}

/** The whole message as one string. */
export function plainMessage({ what, advice }: Alert, context: MessageContext): string {
  const page = applicationUrl(context);
  return `${context.environment}/${APPLICATION}: ${what} ${advice}${page === undefined ? "" : ` ${page}`}`;
}

/** The message as the JSON that incoming webhooks of chat systems accept: `{"text": "…"}`. */
export function webhookBody(message: string): string {
  return `{"text": ${jsonString(message)}}`;
}

/**
 * The message as Slack blocks: heading, text and link. Text with inserted values is `plain_text`, because Slack would
 * parse angle brackets in an error as a link. https://docs.slack.dev/reference/block-kit/blocks
 */
export function slackBlocks({ title, what, advice }: Alert, context: MessageContext): string {
  const page = applicationUrl(context);
  const blocks = [
    `{"type": "header", "text": ${slackText("plain_text", heading(title, context))}}`,
    `{"type": "section", "text": ${slackText("plain_text", `${what}\n${advice}`)}}`,
    ...(page === undefined
      ? []
      : [`{"type": "section", "text": ${slackText("mrkdwn", `<${page}|Open it in Argo CD>`)}}`]),
  ];
  return `[${blocks.join(", ")}]`;
}

/** What happened to which service, on one line. */
export function heading(title: string, { environment }: MessageContext): string {
  return `${environment}/${APPLICATION}: ${title}`;
}

/**
 * The message as an Adaptive Card for Microsoft Teams: heading, text and link. It consists of text runs, because a text
 * block would render an error's brackets as a link. https://adaptivecards.io/explorer/
 */
export function teamsCard({ title, what, advice }: Alert, context: MessageContext): string {
  const page = applicationUrl(context);
  const paragraph = (text: string, more = "") =>
    `{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": ${jsonString(text)}${more}}]}`;
  const body = [
    paragraph(heading(title, context), ', "size": "Large", "weight": "Bolder"'),
    paragraph(what),
    paragraph(advice),
  ];
  const action = (url: string) =>
    `{"type": "Action.OpenUrl", "title": "Open it in Argo CD", "url": ${jsonString(url)}}`;
  return (
    `{"type": "AdaptiveCard", "version": "1.4", "body": [${body.join(", ")}]` +
    `${page === undefined ? "" : `, "actions": [${action(page)}]`}}`
  );
}

/** The message as an event of PagerDuty's Events API v2. Repetitions of an alert belong to its open incident. */
export function pagerDutyEvent(name: string, { severity, title, what }: Alert, context: MessageContext) {
  const page = applicationUrl(context);
  return {
    // The API accepts 1024 characters.
    summary: formatted(`${heading(title, context)}. ${what}`, "trunc 1000"),
    severity,
    source: context.environment,
    component: APPLICATION,
    class: name,
    dedupKey: `${context.environment}/${APPLICATION}/${name}`,
    ...(page !== undefined && { url: page }),
  };
}

function slackText(type: "plain_text" | "mrkdwn", text: string): string {
  return `{"type": "${type}", "text": ${jsonString(text)}}`;
}

/**
 * A template that renders a JSON string. Inserted values, such as Kubernetes errors, may contain quotes and newlines.
 */
function jsonString(text: string): string {
  return formatted(text, "toJson");
}

/** A template that renders a text with its values and passes it to a function. */
function formatted(text: string, to: string): string {
  const values = Array.from(text.matchAll(PLACEHOLDER), ([, expression = ""]) => `(${expression})`);
  const format = text.replaceAll("%", "%%").replaceAll(PLACEHOLDER, "%v");
  return `{{printf ${[JSON.stringify(format), ...values].join(" ")} | ${to}}}`;
}

const PLACEHOLDER = /{{(.*?)}}/g;
