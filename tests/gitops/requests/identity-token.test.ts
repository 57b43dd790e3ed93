/** What an identity token must be, before anything that it says counts. Its issuer here is this test's own. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { issuerOf, verifyIdentity } from "../../../gitops/requests/identity-token";

const AUDIENCE = "gitops-bump:vaarak/gitops:api:sha-2222222:";
const CLAIMS = { repository: "vaarak/api", ref: "refs/heads/main", event_name: "push" };

describe("an identity token", () => {
  let server: Server;
  let url = "";
  let issuer = "";
  let keys: { ours: CryptoKey; theirs: CryptoKey };
  const published: JWK[] = [];

  before(async () => {
    const [ours, theirs] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
    keys = { ours: ours.privateKey, theirs: theirs.privateKey };
    published.push({ ...(await exportJWK(ours.publicKey)), kid: "1", alg: "RS256", use: "sig" });
    server = createServer((request, response) => {
      const isKeys = request.url === "/_services/token/.well-known/jwks";
      const about = { issuer, jwks_uri: `${issuer}/.well-known/jwks` };
      response.end(JSON.stringify(isKeys ? { keys: published } : about));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    issuer = `${url}/_services/token`;
  });
  after(() => server.close());

  /** A token as GitHub makes it, `age` seconds ago. */
  async function token(changes: JWTPayload = {}, { age = 0, key = keys.ours } = {}): Promise<string> {
    const time = Math.floor(Date.now() / 1000) - age;
    const payload = { iss: issuer, aud: AUDIENCE, iat: time, nbf: time - 600, exp: time + 300, ...CLAIMS, ...changes };
    return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(key);
  }

  it("says which repository, branch and event it is of", async () => {
    const job = { repository: "vaarak/api", ref: "refs/heads/main", event: "push" };
    assert.deepEqual(await verifyIdentity(await token(), url, AUDIENCE), job);
  });

  it("is good while its run may still wait for a runner", async () => {
    assert.ok(await verifyIdentity(await token({}, { age: 800 }), url, AUDIENCE));
  });

  const refused: [what: string, token: () => Promise<string>, says: RegExp][] = [
    [
      "that has expired",
      () => token({}, { age: 1000 }),
      /^identity: got a token that has expired; expected .* Run the /,
    ],
    ["that never expires", () => token({ exp: undefined }), /got a token with another exp/],
    ["for another bump", () => token({ aud: `${AUDIENCE}x` }), /got a token for something else/],
    ["for this bump and others", () => token({ aud: [AUDIENCE, "y"] }), /got a token for something else/],
    ["of another issuer", () => token({ iss: "https://evil.example" }), /got a token with another iss/],
    ["that another key signed", () => token({}, { key: keys.theirs }), /got no token that GitHub signed/],
    ["of no repository", () => token({ repository: undefined }), /got a token without repository, ref and event_name/],
    ["that its text signs", () => hmac(), /got no token that GitHub signed/],
    ["of no form", () => Promise.resolve("x"), /got no token that GitHub signed/],
  ];
  for (const [what, make, says] of refused) {
    it(`${what} is refused, and not shown`, async () => {
      const made = await make();
      await assert.rejects(verifyIdentity(made, url, AUDIENCE), (error: Error) => {
        assert.equal(error.name, "Failure");
        assert.match(error.message, says);
        return made === "x" || !error.message.includes(made);
      });
    });
  }

  it("is of an issuer that answers, and says of itself what it is called", async () => {
    const said = issuer;
    try {
      issuer = "https://evil.example";
      await assert.rejects(verifyIdentity(await token(), url, AUDIENCE), /got no keys from http:/);
    } finally {
      issuer = said;
    }
    await assert.rejects(
      verifyIdentity(await token(), "http://127.0.0.1:1", AUDIENCE),
      /got no keys from .*Try again\.$/,
    );
  });

  it("is github.com's, or the server's own", () => {
    assert.equal(issuerOf("https://github.com"), "https://token.actions.githubusercontent.com");
    assert.equal(issuerOf("https://acme.ghe.com"), "https://token.actions.acme.ghe.com");
    assert.equal(issuerOf("https://github.example"), "https://github.example/_services/token");
  });

  /** A token whose key is what everybody can ask for: the issuer's public half. */
  async function hmac(): Promise<string> {
    const secret = new TextEncoder().encode(JSON.stringify(published[0]));
    return new SignJWT({ ...CLAIMS, iss: issuer, aud: AUDIENCE, exp: 2 ** 40, iat: 1 })
      .setProtectedHeader({ alg: "HS256", kid: "1" })
      .sign(secret);
  }
});
