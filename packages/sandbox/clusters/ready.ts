import { readFileSync } from "node:fs";
import { get } from "node:https";

/** How to reach an API server. */
export interface ReadyOptions {
  port: number;
  token: string;
  /** Path of its certificate, which does not exist before the server's first start. */
  certificate: string;
}

/** Whether an API server reports that it is ready. False also if it does not respond. */
export async function isReady({ port, token, certificate }: ReadyOptions): Promise<boolean> {
  const ca = readIfThere(certificate);
  if (ca === undefined) return false;
  return new Promise((resolve) => {
    const request = get({
      host: "127.0.0.1",
      port,
      path: "/readyz",
      ca,
      headers: { authorization: `Bearer ${token}` },
      timeout: 2000,
    });
    request.on("timeout", () => request.destroy(new Error("no response")));
    request.on("error", () => {
      resolve(false);
    });
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
