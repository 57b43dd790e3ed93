import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { formatProblem } from "@gitops-platform/contract/problems";
import { checkIssuer } from "@gitops-platform/environments/identity-provider";

// Tests the answers of an identity provider that `up` refuses.

describe("the check of the identity provider", () => {
  let server: Server;
  let issuer = "";
  let answer: { status: number; text: string };
  before(async () => {
    server = createServer((request, response) => {
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
