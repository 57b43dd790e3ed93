/** Tests whose identity token may bump a service, and why every other is refused. */
import assert from "node:assert/strict";
import type { JWTPayload } from "jose";
import { requireBumper } from "../../requests/requesters";
import type { Session } from "../../session";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { TestIssuer, type TokenOptions } from "./issuer";

const NOBODY = { GITOPS_REQUESTED_BY: "ci", GITOPS_STARTED_BY: "ci" };
const AUDIENCE = "gitops-bump:vaarak/gitops:api:sha-2222222:";
const CI = ".github/gitops/ci.yaml";

describe("a bump of api with an identity token", () => {
  const issuer = new TestIssuer();
  const local = new LocalRepository();
  let session: Session;

  before(async () => {
    const server = await issuer.start();
    main({});
    const target = { owner: "vaarak", name: "gitops", server, api: "", token: "" };
    session = { clone: local.clone, target, bot: "bump[bot]", requesters: NOBODY } as unknown as Session;
  });
  after(() => {
    issuer.stop();
    local.remove();
  });

  /** Sets on main the repositories of services whose images have other names. */
  function main(repositories: Record<string, string>): void {
    const values = 'image:\n  repository: ghcr.io/vaarak/api\n  tag: "sha-1111111"\n';
    const ci = JSON.stringify({ accounts: ["ci"], repositories });
    const commit = local.commit({ "environments/dev/api.yaml": values, [CI]: ci });
    local.git("update-ref", "refs/remotes/origin/main", commit);
  }

  const bump = async (changes: JWTPayload, options?: TokenOptions) => {
    const order = { service: "api", environment: "dev", version: { tag: "sha-2222222" } };
    await requireBumper(session, order, await issuer.token({ aud: AUDIENCE, ...changes }, options));
  };

  it("is accepted from the repository that the image is named after, in upper or lower case", async () => {
    await bump({});
    await bump({ repository: "Vaarak/API" });
  });

  const PULL = { ref: "refs/pull/7/merge", event_name: "pull_request" };
  const OTHER = "identity: got a token for something else";
  const expired = "identity: got a token that has expired";
  const repositoryOf = (name: string) =>
    `identity: got a job of ${name}; expected one of vaarak/api, which builds api.`;
  const onPull = "identity: got a run on pull_request; expected one on push.";
  const onRef = "identity: got a run on refs/pull/7/merge; expected one on refs/heads/main.";
  const refused: [what: string, changes: JWTPayload, reasons: string[], options?: TokenOptions][] = [
    ["another repository", { repository: "vaarak/web" }, [repositoryOf("vaarak/web")]],
    ["a repository of that name elsewhere", { repository: "evil/api" }, [repositoryOf("evil/api")]],
    ["a repository that was renamed", { repository: "vaarak/api-2" }, [repositoryOf("vaarak/api-2")]],
    ["a pull request", PULL, [onRef, onPull]],
    ["a pull request that runs on main", { event_name: "pull_request_target" }, [onPull.replace("st;", "st_target;")]],
    ["another branch", { ref: "refs/heads/side" }, [onRef.replace("pull/7/merge", "heads/side")]],
    ["a tag called main", { ref: "refs/tags/main" }, [onRef.replace("pull/7/merge", "tags/main")]],
    ["another version", { aud: AUDIENCE.replace("2222222", "1111111") }, [OTHER]],
    ["another service", { aud: AUDIENCE.replace(":api:", ":web:") }, [OTHER]],
    ["another GitOps repository", { aud: AUDIENCE.replace("vaarak/gitops", "vaarak/gitops-2") }, [OTHER]],
    ["a job that ended long ago", {}, [expired], { age: 1000 }],
    [
      "another repository's pull request",
      { ...PULL, repository: "vaarak/web" },
      [onRef, onPull, repositoryOf("vaarak/web")],
    ],
  ];
  for (const [what, changes, reasons, options] of refused) {
    it(`is refused from ${what}, with the reason`, async () => {
      await assert.rejects(bump(changes, options), ({ message }: Error) => {
        const lines = message.split("\n");
        assert.equal(lines.length, reasons.length, message);
        for (const [index, reason] of reasons.entries()) assert.ok(lines[index]?.startsWith(reason), message);
        return true;
      });
    });
  }

  it("is accepted only from the repository in the settings, if there is one", async () => {
    main({ api: "vaarak/api-2" });
    try {
      await bump({ repository: "vaarak/api-2" });
      await assert.rejects(bump({}), /got a job of vaarak\/api; expected one of vaarak\/api-2, which builds api\./);
    } finally {
      main({});
    }
  });
});
