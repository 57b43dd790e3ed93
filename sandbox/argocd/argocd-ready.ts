import { get } from "node:http";
import { get as getTls } from "node:https";
import { connect } from "node:net";
import type { ArgocdPorts } from "../ports";
import { until } from "../until";

/** A process of Argo CD and where it says that it is ready. */
interface Probe {
  process: string;
  port: keyof ArgocdPorts;
  /** Unset: that the port accepts connections is enough. */
  path?: string;
}

/** As the probes of the installed templates, with full checks where Argo CD has one. */
const probes: readonly Probe[] = [
  { process: "argocd-redis", port: "redis" },
  { process: "argocd-repo-server", port: "repoServerMetrics", path: "/healthz?full=true" },
  { process: "argocd-application-controller", port: "controllerMetrics", path: "/healthz" },
  { process: "argocd-server", port: "server", path: "/healthz?full=true" },
  // Its probe address answers 404 to everything: Argo CD 3.6.1 registers no check there.
  { process: "argocd-applicationset-controller", port: "applicationSetMetrics", path: "/metrics" },
  { process: "argocd-applicationset-controller", port: "applicationSetWebhook" },
  { process: "argocd-notifications-controller", port: "notificationsMetrics", path: "/metrics" },
];

/** Asks every process once. Answers those that are not ready, each with what was seen. */
export async function notReady(ports: ArgocdPorts): Promise<{ process: string; reason: string }[]> {
  const answers = await Promise.all(
    probes.map(async ({ process, port, path }) => {
      const reason = await (path === undefined ? accepts(ports[port]) : healthy(ports[port], path));
      return { process, reason };
    }),
  );
  return answers.filter((answer): answer is { process: string; reason: string } => answer.reason !== undefined);
}

/**
 * Waits until all of an environment's Argo CD processes are ready.
 * @param onWait told which processes are still waited for, each time that changes
 * @throws NotReached after the timeout (default 120 s), naming them
 */
export async function argocdReady(
  environment: string,
  ports: ArgocdPorts,
  options: { timeoutSeconds?: number; onWait?: (waitingFor: string) => void } = {},
): Promise<void> {
  await until(
    `Argo CD in ${environment}`,
    async () => {
      const missing = await notReady(ports);
      if (missing.length === 0) return { done: true };
      return { waitingFor: missing.map(({ process, reason }) => `${process}: ${reason}`).join("; ") };
    },
    options,
  );
}

/** Undefined where the answer is 200. argocd-server answers plain HTTP with a redirect where it speaks TLS: followed. */
async function healthy(port: number, path: string, tls = false): Promise<string | undefined> {
  const answer = await new Promise<number | string>((resolve) => {
    const url = `${tls ? "https" : "http"}://127.0.0.1:${port}${path}`;
    // The certificate is self-signed; the peer is this machine.
    const options = { timeout: 5000, rejectUnauthorized: false };
    const request = (tls ? getTls : get)(url, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
  if (answer === 200) return undefined;
  if (answer === 307 && !tls) return healthy(port, path, true);
  return typeof answer === "number" ? `HTTP ${answer}` : answer;
}

async function accepts(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 5000 });
    const end = (reason?: string) => () => {
      socket.destroy();
      resolve(reason);
    };
    socket.on("connect", end());
    socket.on("timeout", end("no answer within 5 s"));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message)();
    });
  });
}
