import { readFileSync } from "node:fs";
import { get } from "node:https";

/** How an API server is asked. */
export interface ReadyOptions {
  port: number;
  token: string;
  /** Path of its certificate: not there yet before its first start. */
  certificate: string;
}

/** Whether an API server says that it is ready. False, too, where nothing answers. */
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
    request.on("timeout", () => request.destroy(new Error("no answer")));
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
