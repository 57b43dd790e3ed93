import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, dirname } from "node:path";
import type { Duplex } from "node:stream";
import { isolated } from "@gitops-platform/clients/git/environment";
import { type PushHandler, serveHooks } from "./push-hooks";

/** One request for `git http-backend`. */
export interface BackendRequest {
  /** Folder of the bare repository. */
  repository: string;
  /** Path below the repository: `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  service: string;
  /** Query string without its question mark. */
  query: string;
  /** Login of the actor; empty without a token. */
  user: string;
  /** Folder of the push hooks. */
  hooks: string;
}

/**
 * Runs `git http-backend` as a CGI program for a request and streams its response. Bodies are streamed too (also
 * compressed and chunked ones), so a push of any size needs little memory.
 */
export function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  options: BackendRequest,
  push: PushHandler,
): void {
  const child = spawn("git", ["http-backend"], {
    env: cgiEnvironment(request, options),
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  serveHooks(child.stdio[3] as Duplex, push);
  request.pipe(child.stdin);
  // git may respond before it has read the whole body, and then closes its input.
  child.stdin.on("error", () => request.unpipe(child.stdin).resume());
  request.on("aborted", () => child.kill());
  response.on("close", () => child.kill());

  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-4096)));

  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (!head) return;
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    writeHead(response, head.subarray(0, end).toString("latin1"));
    const rest = head.subarray(end + 4);
    head = undefined;
    response.write(rest);
    child.stdout.removeAllListeners("data");
    child.stdout.pipe(response);
  });
  child.on("error", (error) => {
    fail(response, error.message);
  });
  child.on("close", () => {
    if (head) fail(response, stderr);
  });
}

function cgiEnvironment(request: IncomingMessage, options: BackendRequest): Record<string, string> {
  const { headers } = request;
  return {
    ...isolated([
      ["core.hooksPath", options.hooks],
      ["safe.directory", "*"],
    ]),
    GIT_PROJECT_ROOT: dirname(options.repository),
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${basename(options.repository)}/${options.service}`,
    QUERY_STRING: options.query,
    REQUEST_METHOD: request.method ?? "GET",
    REMOTE_USER: options.user,
    REMOTE_ADDR: "127.0.0.1",
    CONTENT_TYPE: headers["content-type"] ?? "",
    ...(headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: headers["content-length"] }),
    ...(headers["content-encoding"] === undefined ? {} : { HTTP_CONTENT_ENCODING: headers["content-encoding"] }),
    ...(headers["git-protocol"] === undefined ? {} : { GIT_PROTOCOL: String(headers["git-protocol"]) }),
  };
}

function writeHead(response: ServerResponse, text: string): void {
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "status") response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}

function fail(response: ServerResponse, reason: string): void {
  process.stderr.write(`git http-backend: ${reason.trim()}\n`);
  if (!response.headersSent) response.statusCode = 500;
  response.end();
}
