import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { ensureKeys, keyFiles, kubeconfig } from "../../clusters/keys";

describe("a cluster's keys", () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "keys-")), "keys");
  });
  afterEach(() => {
    rmSync(join(folder, ".."), { recursive: true });
  });

  it("are created once: tokens for an administrator and the board, a key pair for service accounts", () => {
    const tokens = ensureKeys(folder);
    const files = keyFiles(folder);
    const { admin, board } = tokens;
    for (const token of [admin, board]) assert.match(token, /^[0-9a-f]{48}$/);
    assert.equal(readFileSync(files.tokens, "utf8"), `${admin},admin,admin,"system:masters"\n${board},board,board\n`);
    const key = createPrivateKey(readFileSync(files.serviceAccountPrivate));
    const format = { type: "spki", format: "pem" } as const;
    assert.equal(createPublicKey(key).export(format), readFileSync(files.serviceAccountPublic, "utf8"));
    const before = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    assert.deepEqual(ensureKeys(folder), tokens);
    assert.deepEqual(
      readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8")),
      before,
    );
  });

  it("differ between clusters", () => {
    const [one, other] = [ensureKeys(folder), ensureKeys(join(folder, "other"))];
    assert.equal(new Set([one.admin, one.board, other.admin, other.board]).size, 4);
  });

  it("can be read by their owner only", () => {
    ensureKeys(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  });

  it("are not read from a tokens file without tokens", () => {
    ensureKeys(folder);
    writeFileSync(keyFiles(folder).tokens, "");
    assert.throws(
      () => ensureKeys(folder),
      /tokens\.csv: got no token of admin or board; expected token,user,uid,groups/,
    );
  });

  it("are in the client's kubeconfig, whose context is the environment and namespace argocd", () => {
    const text = kubeconfig({ environment: "prod", port: 20001, token: "t", certificate: "/keys/apiserver.crt" });
    const { connection } = KubernetesClient.fromKubeconfigContent(text);
    assert.equal(connection.context, "prod");
    assert.equal(connection.namespace, "argocd");
    assert.equal(connection.server, "https://127.0.0.1:20001");
    assert.match(text, /certificate-authority: \/keys\/apiserver\.crt/);
  });
});
