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
  /** The API server's certificate with its issuer's. The server creates it at its first start. */
  certificate: string;
}

export function keyFiles(folder: string): KeyFiles {
  return {
    tokens: join(folder, "tokens.csv"),
    serviceAccountPrivate: join(folder, "service-account.key"),
    serviceAccountPublic: join(folder, "service-account.pub"),
    certificate: join(folder, "apiserver.crt"),
  };
}

/** The tokens that an environment's API server accepts. */
export interface ClusterTokens {
  /** Has all permissions. */
  admin: string;
  /** Can read what the board shows, see {@link boardObjects}. */
  board: string;
}

/** Creates an environment's keys and tokens if they are missing. */
export function ensureKeys(folder: string): ClusterTokens {
  const files = keyFiles(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(files.serviceAccountPublic)) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeAtomically(files.serviceAccountPrivate, privateKey.export({ type: "pkcs8", format: "pem" }));
    writeAtomically(files.serviceAccountPublic, publicKey.export({ type: "spki", format: "pem" }));
  }
  if (!existsSync(files.tokens)) {
    const random = () => randomBytes(24).toString("hex");
    writeAtomically(files.tokens, `${random()},admin,admin,"system:masters"\n${random()},board,board\n`);
  }
  const tokens = new Map(
    readFileSync(files.tokens, "utf8")
      .split("\n")
      .map((line) => line.split(","))
      .map(([token, user]) => [user, token]),
  );
  const [admin, board] = [tokens.get("admin"), tokens.get("board")];
  if (admin === undefined || board === undefined) {
    throw new Error(
      `${files.tokens}: got no token of admin or board; expected token,user,uid,groups. Run \`npm run reset\`.`,
    );
  }
  return { admin, board };
}

/** Arguments of {@link kubeconfig}. */
export interface KubeconfigOptions {
  /** Also the name of the context, cluster and user. */
  environment: string;
  port: number;
  token: string;
  /** Path of the certificate with which the API server is verified. */
  certificate: string;
}

/** An environment's kubeconfig: one context, in Argo CD's namespace as Argo CD's programs expect. */
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

/** Writes a file of mode 0600 atomically: it exists completely or not at all. */
export function writeAtomically(file: string, content: string | Buffer): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
