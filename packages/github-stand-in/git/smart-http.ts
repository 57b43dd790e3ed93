import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createGunzip } from "node:zlib";
import { isolated } from "@gitops-platform/clients/git/environment";
import { type PushHandler, serveHooks } from "./push-hooks";

/** A program of Git that serves clients: `git-upload-pack` serves a fetch, `git-receive-pack` a push. */
export type Service = "git-upload-pack" | "git-receive-pack";

/** One request of a Git client over HTTP, as gitprotocol-http(5) describes it. */
export interface ServiceRequest {
  /** Folder of the bare repository. */
  repository: string;
  service: Service;
  /** Whether it asks what the service has (`info/refs`), which comes first. Otherwise its body goes to the service. */
  isAdvertisement: boolean;
  /** Folder of the push hooks. */
  hooks: string;
}

/**
 * Runs a service for a request and streams its response, as git-http-backend(1) does with two more processes. Bodies
 * are streamed too (also compressed and chunked ones), so a push of any size needs little memory.
 */
export function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServiceRequest,
  push: PushHandler,
): void {
  const { repository, service, isAdvertisement } = options;
  const kind = isAdvertisement ? "advertisement" : "result";
  if (!isAdvertisement && request.headers["content-type"] !== `application/x-${service}-request`) {
    response.writeHead(415).end();
    return;
  }
  const mode = isAdvertisement ? "--http-backend-info-refs" : "--stateless-rpc";
  const child = spawn("git", [service.replace(/^git-/, ""), mode, "."], {
    cwd: repository,
    env: environmentOf(request, options),
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  serveHooks(child.stdio[3] as Duplex, push);
  const isCompressed = /^(x-)?gzip$/.test(request.headers["content-encoding"] ?? "");
  const body = isCompressed ? request.pipe(createGunzip()) : request;
  body.on("error", () => child.kill());
  body.pipe(child.stdin);
  // git may respond before it has read the whole body, and then closes its input.
  child.stdin.on("error", () => body.unpipe(child.stdin).resume());
  request.on("aborted", () => child.kill());
  response.on("close", () => child.kill());
  child.on("error", (error) => {
    process.stderr.write(`${service}: ${error.message}\n`);
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  });

  response.setHeader("Content-Type", `application/x-${service}-${kind}`);
  response.setHeader("Cache-Control", "no-cache, max-age=0, must-revalidate");
  // Version 2 of the protocol has no such line.
  const isOld = !/\bversion=2\b/.test(protocolOf(request));
  if (isAdvertisement && isOld) response.write(`${packet(`# service=${service}\n`)}0000`);
  child.stdout.pipe(response);
  // Clients get errors by the protocol.
  child.stderr.resume();
}

function environmentOf(request: IncomingMessage, { hooks }: ServiceRequest): Record<string, string> {
  return {
    ...isolated([
      ["core.hooksPath", hooks],
      ["safe.directory", "*"],
    ]),
    GIT_DIR: ".",
    GIT_PROTOCOL: protocolOf(request),
  };
}

/** The protocol that the client asks for, such as `version=2`. */
function protocolOf({ headers }: IncomingMessage): string {
  return String(headers["git-protocol"] ?? "");
}

/** A line of the protocol: its length in four hexadecimal digits, and its text. */
function packet(text: string): string {
  return (text.length + 4).toString(16).padStart(4, "0") + text;
}
