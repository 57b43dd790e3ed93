// TLS is not tried here: argocd-server's redirect to its own certificate is seen on the sandbox.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { argocdReady, notReady } from "../../../sandbox/argocd/argocd-ready";
import { NotReached } from "../../../sandbox/until";
import { local } from "./fixtures";

describe("sandbox/argocd/argocd-ready", () => {
  let server: Server;
  let status: (url: string) => number;
  let ports: typeof local.ports;

  beforeEach(async () => {
    server = createServer((request, response) => response.writeHead(status(request.url ?? "")).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    ports = Object.fromEntries(Object.keys(local.ports).map((name) => [name, port])) as typeof ports;
  });

  afterEach(() => {
    server.close();
  });

  it("asks each process where it says that it is ready", async () => {
    const asked: string[] = [];
    status = (url) => {
      asked.push(url);
      return 200;
    };
    await argocdReady("dev", ports);
    assert.deepEqual(asked.sort(), ["/healthz", "/healthz?full=true", "/healthz?full=true", "/metrics", "/metrics"]);
  });

  it("names who is not ready, and why", async () => {
    status = (url) => (url === "/healthz" ? 503 : 200);
    assert.deepEqual(await notReady(ports), [{ process: "argocd-application-controller", reason: "HTTP 503" }]);
    await assert.rejects(
      argocdReady("dev", ports, { timeoutSeconds: 0 }),
      (error) =>
        error instanceof NotReached &&
        error.message === "Argo CD in dev: not within 0 s; argocd-application-controller: HTTP 503",
    );
  });

  it("takes a closed port for not ready", async () => {
    server.close();
    const reasons = (await notReady(ports)).map(({ reason }) => reason);
    assert.deepEqual(reasons, Array(7).fill("ECONNREFUSED"));
  });
});
