import Fastify from "fastify";

/** A received alert: one line of the file that people read. */
export interface ReceivedAlert {
  /** When it was received, ISO 8601. */
  readonly at: string;
  /** The sender: the path of the URL that the sender was configured with, such as `argocd/dev`. */
  readonly from: string;
  /** The body. Its `text` is for people, as in the incoming webhooks of chat systems. */
  readonly message: Readonly<Record<string, unknown>>;
}

/** Options of {@link receiveAlerts}. */
export interface ReceiverOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Called with each alert, in the order of arrival, before its sender gets the response. */
  readonly onAlert: (alert: ReceivedAlert) => void;
}

export interface AlertReceiver {
  /** http://127.0.0.1:<port>; each sender appends a path of its own. */
  readonly url: string;
  /** Stops the server. */
  close(): Promise<void>;
}

/** An alert is a few sentences, so larger bodies are rejected. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * Starts a receiver in place of a team's chat: it accepts POST requests with JSON that has a `text`. Anything else gets
 * a 4xx response, so that the sender reports the mistake.
 */
export async function receiveAlerts({ port, onAlert }: ReceiverOptions): Promise<AlertReceiver> {
  const server = Fastify({ bodyLimit: MAX_BODY_BYTES });
  server.post<{ Params: { "*": string } }>("/*", (request, reply) => {
    const { body, params } = request;
    if (!isMessage(body)) return reply.code(400).send({ message: 'body: got no text; expected {"text": "…"}.' });
    onAlert({ at: new Date().toISOString(), from: params["*"], message: body });
    return reply.code(204).send();
  });
  const url = await server.listen({ host: "127.0.0.1", port });
  return { url, close: () => server.close() };
}

function isMessage(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null && "text" in body && typeof body.text === "string";
}
