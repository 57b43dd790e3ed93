import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { checkConnection, checkIssuer } from "@gitops-platform/environments/connection";
import { formatProblem } from "@gitops-platform/contract/problems";
import { readSettings, resolveSettings } from "@gitops-platform/environments/settings";
import { Recorder } from "@gitops-platform/test-support/pulumi-mocks";
import { raw } from "@gitops-platform/test-support/stack";

describe("the connection to the cluster", () => {
  const folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
  const path = join(folder, "kubeconfig");
  const server = createServer((socket) => socket.destroy());
  let [open, closed] = ["", ""];

  function write(address: string | undefined, more: Record<string, unknown> = {}): void {
    const cluster = { server: address, ...more };
    const contexts = [{ name: "dev", context: { cluster: "c" } }];
    writeFileSync(path, JSON.stringify({ contexts, clusters: [{ name: "c", cluster }] }));
  }
  const check = async (environment: NodeJS.ProcessEnv = {}) =>
    (await checkConnection({ path }, "dev", environment)).map(formatProblem);
  const refused = (got: string) =>
    `context: got "dev", ${got}; expected a cluster that accepts connections within 5 s. ` +
    `Start it, make it reachable (VPN, firewall), or correct its server in ${path}.`;

  before(async () => {
    const gone = createServer();
    for (const each of [server, gone]) await new Promise<void>((done) => each.listen(0, "127.0.0.1", done));
    [open, closed] = [server, gone].map((each) => `https://127.0.0.1:${(each.address() as AddressInfo).port}`) as [
      string,
      string,
    ];
    await new Promise((done) => gone.close(done));
  });
  after(async () => {
    await new Promise((done) => server.close(done));
    rmSync(folder, { recursive: true });
  });

  it("succeeds if the server listens", async () => {
    write(open);
    assert.deepEqual(await check(), []);
  });

  it("fails if nothing listens, and reports the URL and the reason", async () => {
    write(closed);
    assert.deepEqual(await check(), [refused(`whose server "${closed}" cannot be reached (ECONNREFUSED)`)]);
  });

  it("fails without the URL if the kubeconfig is a secret", async () => {
    write(closed);
    const content = readFileSync(path, "utf8");
    const [problem, ...more] = (await checkConnection({ content }, "dev", {})).map(formatProblem);
    assert.match(problem ?? "", /cannot be reached \(ECONNREFUSED\).*correct its server in kubeconfigContent\.$/);
    assert.ok(!problem?.includes(closed));
    assert.deepEqual(more, []);
  });

  it("fails if the kubeconfig has no server URL", async () => {
    write(undefined);
    assert.deepEqual(await check(), [refused("whose server is nothing")]);
  });

  it("is not checked behind a proxy, except on this machine, which is never behind one", async () => {
    write(closed, { "proxy-url": "http://proxy.example" });
    assert.deepEqual(await check(), []);
    write("https://cluster.invalid:6443");
    assert.deepEqual(await check({ HTTPS_PROXY: "http://proxy.example" }), []);
    write(closed);
    assert.equal((await check({ HTTPS_PROXY: "http://proxy.example" })).length, 1);
  });

  describe("is part of the report", () => {
    const values = () => ({
      kubeconfig: path,
      context: "dev",
      repository: { owner: "vaarak", name: "gitops" },
      webhookSecret: "s",
    });
    const findNothing = () => Promise.resolve({ release: [], problems: [] });

    it("together with all other problems", async () => {
      write(closed);
      const result = await resolveSettings("dev", raw({ ...values(), protect: 1 }), findNothing, checkConnection);
      assert.ok("problems" in result);
      assert.deepEqual(result.problems.map(({ key }) => key).sort(), ["context", "protect"]);
    });

    it("together with an identity provider that does not answer", async () => {
      write(closed);
      const oidc = { issuer: "http://127.0.0.1:1", clientId: "argocd" };
      const argocd = { url: "https://argocd.example", oidc, access: { viewer: ["developers"] } };
      const configuration = raw({ ...values(), argocd, ssoClientSecret: "s" });
      const keys = async (config: ReturnType<typeof raw>) => {
        const result = await resolveSettings("dev", config, findNothing, checkConnection, undefined, checkIssuer);
        return "problems" in result ? result.problems.map(({ key }) => key) : [];
      };
      assert.deepEqual(await keys(configuration), ["context", "argocd.oidc.issuer"]);
      const emergency = { ...argocd, emergencyAdmin: "The identity provider is down" };
      assert.deepEqual(await keys({ ...configuration, ...raw({ argocd: emergency }) }), ["context"]);
      // A wrong issuer is reported once, and not asked.
      const wrong = { ...argocd, oidc: { ...oidc, issuer: "http://id.invalid" } };
      assert.deepEqual(await keys({ ...configuration, ...raw({ argocd: wrong }) }), ["context", "argocd.oidc.issuer"]);
    });

    for (const preview of [true, false]) {
      it(preview ? "but not in a preview" : "in a run that changes something", async () => {
        write(closed);
        await pulumi.runtime.setMocks(new Recorder(), "gitops-platform", "dev", preview);
        pulumi.runtime.setAllConfig(raw(values()));
        const settings = readSettings(findNothing);
        if (preview) await settings;
        else await assert.rejects(settings, /context: got "dev", whose server .+ cannot be reached/);
      });
    }
  });
});

// Tests the answers of an identity provider that `up` refuses.

describe("the check of the identity provider", () => {
  let server: Server;
  let issuer = "";
  let answer: { status: number; text: string };
  before(async () => {
    server = createHttpServer((request, response) => {
      const isDocument = request.url?.endsWith("/.well-known/openid-configuration") === true;
      response.writeHead(isDocument ? answer.status : 404).end(answer.text);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
  });

  const found = async (status: number, text: string, of = issuer) => {
    answer = { status, text };
    return (await checkIssuer(of, {})).map(formatProblem);
  };

  it("accepts a discovery document of this issuer, with or without a slash at its end", async () => {
    assert.deepEqual(await found(200, JSON.stringify({ issuer })), []);
    assert.deepEqual(await found(200, JSON.stringify({ issuer: `${issuer}/` }), `${issuer}/`), []);
  });

  it("names what is wrong with the answer", async () => {
    const rest =
      "; expected an identity provider whose /.well-known/openid-configuration answers within 5 s and names this " +
      "issuer. Correct the issuer, or make the provider reachable (VPN, firewall, NODE_EXTRA_CA_CERTS for a " +
      "private CA).";
    const problem = (failure: string) => [`argocd.oidc.issuer: got "${issuer}", ${failure}${rest}`];
    assert.deepEqual(await found(404, ""), problem("which answers HTTP 404"));
    assert.deepEqual(await found(200, "<html>"), problem("which cannot be read (no JSON)"));
    assert.deepEqual(await found(200, '{"issuer":"https://x"}'), problem('which names the issuer "https://x"'));
    assert.deepEqual(await found(200, "[]"), problem("which names the issuer nothing"));
  });

  it("names the reason if there is no answer", async () => {
    const [message = ""] = await found(200, "", "http://127.0.0.1:1");
    assert.match(
      message,
      /^argocd\.oidc\.issuer: got "http:\/\/127\.0\.0\.1:1", which cannot be read \(.+\); expected/,
    );
  });

  it("checks nothing behind a proxy", async () => {
    assert.deepEqual(await checkIssuer("https://id.invalid", { HTTPS_PROXY: "http://proxy:3128" }), []);
  });
});
