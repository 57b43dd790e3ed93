/** Tests when an identity token is valid. These tests have an issuer of their own. */
import assert from "node:assert/strict";
import type { JWTPayload } from "jose";
import { issuerOf, verifyIdentity } from "../../requests/ci";
import { TestIssuer, type TokenOptions } from "./issuer";

const AUDIENCE = "gitops-bump:vaarak/gitops:api:sha-2222222:";

describe("an identity token", () => {
  const issuer = new TestIssuer();
  let url = "";
  before(async () => {
    url = await issuer.start();
  });
  after(() => {
    issuer.stop();
  });
  const token = (changes?: JWTPayload, options?: TokenOptions) => issuer.token({ aud: AUDIENCE, ...changes }, options);

  it("has a repository, a branch and an event", async () => {
    const job = { repository: "vaarak/api", ref: "refs/heads/main", event: "push" };
    assert.deepEqual(await verifyIdentity(await token(), url, AUDIENCE), job);
  });

  it("is valid while its run may still wait for a runner", async () => {
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
    ["signed by another key", () => token({}, { isForeign: true }), /got no token that GitHub signed/],
    [
      "without a repository",
      () => token({ repository: undefined }),
      /got a token without repository, ref and event_name/,
    ],
    ["signed with the issuer's public key as a secret", () => issuer.hmac(AUDIENCE), /got no token that GitHub signed/],
    ["that is not a JWT", () => Promise.resolve("x"), /got no token that GitHub signed/],
  ];
  for (const [what, make, says] of refused) {
    it(`is refused and not shown: one ${what}`, async () => {
      const made = await make();
      await assert.rejects(verifyIdentity(made, url, AUDIENCE), (error: Error) => {
        assert.equal(error.name, "Failure");
        assert.match(error.message, says);
        return made === "x" || !error.message.includes(made);
      });
    });
  }

  it("is refused if its issuer does not answer or has another name", async () => {
    issuer.says = "https://evil.example";
    try {
      await assert.rejects(verifyIdentity(await token(), url, AUDIENCE), /got no keys from http:/);
    } finally {
      issuer.says = undefined;
    }
    await assert.rejects(
      verifyIdentity(await token(), "http://127.0.0.1:1", AUDIENCE),
      /got no keys from .*Try again\.$/,
    );
  });

  it("is issued by github.com, or by the server itself", () => {
    assert.equal(issuerOf("https://github.com"), "https://token.actions.githubusercontent.com");
    assert.equal(issuerOf("https://acme.ghe.com"), "https://token.actions.acme.ghe.com");
    assert.equal(issuerOf("https://github.example"), "https://github.example/_services/token");
  });
});
