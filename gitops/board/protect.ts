import type { FastifyInstance } from "fastify";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Sees to it that nothing but reading is possible, and that a page from elsewhere cannot read on a loopback address by
 * a name of its own that leads here (DNS rebinding).
 * @param headers Set on every answer.
 */
export function protect(server: FastifyInstance, host: string, headers: Readonly<Record<string, string>>): void {
  const isLoopback = LOOPBACK.test(host.includes(":") ? `[${host}]` : host);
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (isLoopback && !LOOPBACK.test(request.headers.host ?? "")) {
      return reply.code(421).type("text/plain; charset=utf-8").send("This board is at 127.0.0.1 and localhost only.\n");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return reply
        .code(405)
        .header("allow", "GET, HEAD")
        .type("text/plain; charset=utf-8")
        .send("The board can only be read.\n");
    }
  });
}
