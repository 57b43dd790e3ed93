import type { Alert } from "./alerts";

/** The name of an Application, and of the service that it delivers, in a template. */
export const APPLICATION = "{{.app.metadata.name}}";

/** What messages say besides the event itself. */
export interface Place {
  /** The environment's name: with the service's it says where. */
  readonly environment: string;
  /** Where people reach Argo CD; undefined: messages have no links. */
  readonly url: string | undefined;
}

/** The Application's page in Argo CD; undefined where Argo CD's address is not known. */
export function pageOf({ url }: Place): string | undefined {
  return url === undefined ? undefined : `${url}/applications/${APPLICATION}`;
}

/** The whole message as one text. */
export function messageOf({ what, advice }: Alert, place: Place): string {
  const page = pageOf(place);
  return `${place.environment}/${APPLICATION}: ${what} ${advice}${page === undefined ? "" : ` ${page}`}`;
}

/** The message as the JSON that chat systems' webhooks take: `{"text": "…"}`. */
export function webhookBody(message: string): string {
  return `{"text": ${jsonText(message)}}`;
}

/**
 * The message as Slack's blocks: heading, text and link. Plain text wherever something is put in: Slack would read the
 * brackets of an error as a link. https://docs.slack.dev/reference/block-kit/blocks
 */
export function slackBlocks({ title, what, advice }: Alert, place: Place): string {
  const page = pageOf(place);
  const blocks = [
    `{"type": "header", "text": ${slackText("plain_text", `${place.environment}/${APPLICATION}: ${title}`)}}`,
    `{"type": "section", "text": ${slackText("plain_text", `${what}\n${advice}`)}}`,
    ...(page === undefined
      ? []
      : [`{"type": "section", "text": ${slackText("mrkdwn", `<${page}|Open it in Argo CD>`)}}`]),
  ];
  return `[${blocks.join(", ")}]`;
}

function slackText(type: "plain_text" | "mrkdwn", text: string): string {
  return `{"type": "${type}", "text": ${jsonText(text)}}`;
}

/** A template of a JSON text. What it puts in may hold quotes and lines, such as an error of Kubernetes. */
function jsonText(text: string): string {
  const values = Array.from(text.matchAll(PLACEHOLDER), ([, expression = ""]) => `(${expression})`);
  const format = text.replaceAll("%", "%%").replaceAll(PLACEHOLDER, "%v");
  return `{{printf ${[JSON.stringify(format), ...values].join(" ")} | toJson}}`;
}

const PLACEHOLDER = /{{(.*?)}}/g;
