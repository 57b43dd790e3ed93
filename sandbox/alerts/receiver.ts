import Fastify from "fastify";

/** An alert that arrived: one line of the file that people read. */
export interface ReceivedAlert {
  /** When it arrived, ISO 8601. */
  readonly at: string;
  /** Who sent it: the path of the address that the sender was given, such as `argocd/dev`. */
  readonly from: string;
  /** What was sent. `text` is for people, as chat systems' incoming webhooks take it. */
  readonly message: Readonly<Record<string, unknown>>;
}

/** How {@link receiveAlerts} receives. */
export interface ReceiverOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Told each alert, in the order of arrival, before its sender has an answer. */
  readonly keep: (alert: ReceivedAlert) => void;
}

/** A receiver that takes alerts. */
export interface AlertReceiver {
  /** http://127.0.0.1:<port>; senders add a path of their own. */
  readonly url: string;
  /** Takes no more of them. */
  close(): Promise<void>;
}

/** Larger ones are refused, in bytes. An alert is a few sentences. */
const LARGEST = 64 * 1024;

/**
 * Receives alerts where a team has its chat: each is a POST of JSON with a `text`. What is something else is answered
 * with 4xx, so that its sender hears of the mistake.
 */
export async function receiveAlerts({ port, keep }: ReceiverOptions): Promise<AlertReceiver> {
  const server = Fastify({ bodyLimit: LARGEST });
  server.post<{ Params: { "*": string } }>("/*", (request, reply) => {
    const { body, params } = request;
    if (!isMessage(body)) return reply.code(400).send({ message: 'body: got no text; expected {"text": "…"}.' });
    keep({ at: new Date().toISOString(), from: params["*"], message: body });
    return reply.code(204).send();
  });
  const url = await server.listen({ host: "127.0.0.1", port });
  return { url, close: () => server.close() };
}

function isMessage(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null && "text" in body && typeof body.text === "string";
}
