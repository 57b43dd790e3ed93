import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** The claims of a job on `main` of vaarak/api. */
const CLAIMS = { repository: "vaarak/api", ref: "refs/heads/main", event_name: "push" };

/** Options of a token. */
export interface TokenOptions {
  /** Its age in seconds. Default: 0. */
  readonly age?: number;
  /** Whether it is signed with a key that the issuer does not publish. */
  readonly isForeign?: boolean;
}

/** An issuer of identity tokens like GitHub's, for tests with tokens that GitHub would not issue. */
export class TestIssuer {
  /** The name that it gives instead of its URL. */
  says: string | undefined;
  private readonly published: JWK[] = [];
  private keys: { ours: CryptoKey; theirs: CryptoKey } | undefined;
  private readonly server: Server = createServer((request, response) => {
    const isKeys = request.url === "/_services/token/.well-known/jwks";
    const about = { issuer: this.issuer, jwks_uri: `${this.address}/.well-known/jwks` };
    response.end(JSON.stringify(isKeys ? { keys: this.published } : about));
  });

  /** Starts it. Returns the server's address. */
  async start(): Promise<string> {
    const [ours, theirs] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
    this.keys = { ours: ours.privateKey, theirs: theirs.privateKey };
    this.published.push({ ...(await exportJWK(ours.publicKey)), kid: "1", alg: "RS256", use: "sig" });
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this.url;
  }

  stop(): void {
    this.server.close();
  }

  /** A token of a job on `main` of vaarak/api, with changes to its claims. */
  async token(changes: JWTPayload = {}, { age = 0, isForeign = false }: TokenOptions = {}): Promise<string> {
    if (!this.keys) throw new Error("the issuer has not started");
    const time = Math.floor(Date.now() / 1000) - age;
    const payload = { iss: this.issuer, iat: time, nbf: time - 600, exp: time + 300, ...CLAIMS, ...changes };
    const key = isForeign ? this.keys.theirs : this.keys.ours;
    return new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid: "1" }).sign(key);
  }

  /** A token that is signed with the issuer's public key as a shared secret, which everybody can read. */
  async hmac(aud: string): Promise<string> {
    const secret = new TextEncoder().encode(JSON.stringify(this.published[0]));
    return new SignJWT({ ...CLAIMS, iss: this.issuer, aud, exp: 2 ** 40, iat: 1 })
      .setProtectedHeader({ alg: "HS256", kid: "1" })
      .sign(secret);
  }

  private get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private get address(): string {
    return `${this.url}/_services/token`;
  }

  private get issuer(): string {
    return this.says ?? this.address;
  }
}
