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
    `{"type": "header", "text": ${slackText("plain_text", `${context.environment}/${APPLICATION}: ${title}`)}}`,
    `{"type": "section", "text": ${slackText("plain_text", `${what}\n${advice}`)}}`,
    ...(page === undefined
      ? []
      : [`{"type": "section", "text": ${slackText("mrkdwn", `<${page}|Open it in Argo CD>`)}}`]),
  ];
  return `[${blocks.join(", ")}]`;
}

function slackText(type: "plain_text" | "mrkdwn", text: string): string {
  return `{"type": "${type}", "text": ${jsonString(text)}}`;
}

/**
 * A template that renders a JSON string. Inserted values, such as Kubernetes errors, may contain quotes and newlines.
 */
function jsonString(text: string): string {
  const values = Array.from(text.matchAll(PLACEHOLDER), ([, expression = ""]) => `(${expression})`);
  const format = text.replaceAll("%", "%%").replaceAll(PLACEHOLDER, "%v");
  return `{{printf ${[JSON.stringify(format), ...values].join(" ")} | toJson}}`;
}

const PLACEHOLDER = /{{(.*?)}}/g;
