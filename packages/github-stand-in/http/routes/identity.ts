import type { FastifyInstance } from "fastify";
import { type IdentityIssuer, ISSUER_PATH } from "../../actions/identity-issuer";

/** The issuer of identity tokens: its public metadata and keys, and tokens for running jobs. */
export function identityRoutes(app: FastifyInstance, identities: IdentityIssuer): void {
  app.get(`${ISSUER_PATH}/.well-known/openid-configuration`, () => ({
    issuer: identities.issuer,
    jwks_uri: `${identities.issuer}/.well-known/jwks`,
    subject_types_supported: ["public", "pairwise"],
    response_types_supported: ["id_token"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid"],
  }));

  app.get(`${ISSUER_PATH}/.well-known/jwks`, () => identities.keySet);

  app.get<{ Params: { run: string }; Querystring: { audience?: string } }>(
    "/_services/pipelines/:run/idtoken",
    async (request, reply) => {
      const [, token = ""] = (request.headers.authorization ?? "").split(/\s+/);
      const value = await identities.sign(token, request.params.run, request.query.audience);
      if (value === undefined) return reply.code(401).send({ message: "Unauthorized" });
      return { count: value.length, value };
    },
  );
}
