import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { stringify } from "yaml";

/** Files of an environment's keys folder. */
export interface KeyFiles {
  /** Static tokens of the API server, as `token,user,uid,"groups"`. Mode 0600. */
  tokens: string;
  /** Signs the tokens of service accounts. Mode 0600. */
  serviceAccountPrivate: string;
  serviceAccountPublic: string;
  /** The API server's certificate with its issuer's: the server makes it when it first starts. */
  certificate: string;
}

/** Paths of the keys. */
export function keyFiles(folder: string): KeyFiles {
  return {
    tokens: join(folder, "tokens.csv"),
    serviceAccountPrivate: join(folder, "service-account.key"),
    serviceAccountPublic: join(folder, "service-account.pub"),
    certificate: join(folder, "apiserver.crt"),
  };
}

/**
 * Makes an environment's keys and the administrator's token where they are missing.
 * @returns the administrator's token
 */
export function ensureKeys(folder: string): string {
  const files = keyFiles(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(files.serviceAccountPublic)) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeWhole(files.serviceAccountPrivate, privateKey.export({ type: "pkcs8", format: "pem" }));
    writeWhole(files.serviceAccountPublic, publicKey.export({ type: "spki", format: "pem" }));
  }
  if (!existsSync(files.tokens)) {
    writeWhole(files.tokens, `${randomBytes(24).toString("hex")},admin,admin,"system:masters"\n`);
  }
  const token = readFileSync(files.tokens, "utf8").split(",")[0];
  if (token === undefined || token === "") {
    throw new Error(`${files.tokens}: got no token; expected token,user,uid,groups. Run \`npm run reset\`.`);
  }
  return token;
}

/** What a kubeconfig of an environment holds. */
export interface KubeconfigOptions {
  /** Also the name of context, cluster and user. */
  environment: string;
  port: number;
  token: string;
  /** Path of the certificate that the API server is trusted by. */
  certificate: string;
}

/** An environment's kubeconfig: one context, in Argo CD's namespace as its programs expect. */
export function kubeconfig({ environment, port, token, certificate }: KubeconfigOptions): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": environment,
    clusters: [
      {
        name: environment,
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": certificate },
      },
    ],
    users: [{ name: environment, user: { token } }],
    contexts: [{ name: environment, context: { cluster: environment, user: environment, namespace: "argocd" } }],
  });
}

/** Writes a file of mode 0600 that is either there in whole or not at all. */
export function writeWhole(file: string, content: string | Buffer): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
