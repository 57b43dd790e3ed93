import assert from "node:assert/strict";
import { GitopsRepository, values } from "@gitops-platform/test-support/gitops-repository";
import { isImageChange, unrequestedPromotion } from "../../validate/bot";
import { fromPullRequest } from "../../validate/pull-request";

const BEFORE = 'image:\n  repository: ghcr.io/vaarak/api\n  tag: "sha-1111111"\nreplicaCount: 2 # two\n';
const file = (path = "environments/prod/api.yaml", mode: string | undefined = "100644") => ({
  path,
  mode,
  before: { mode: "100644", blob: "b" },
});

describe("a bot's change on main", () => {
  const digest = `  digest: sha256:${"0".repeat(64)}\n`;
  const accepted: [what: string, after: string][] = [
    ["another tag", BEFORE.replace("1111111", "2222222")],
    ["a new digest", BEFORE.replace("replicaCount", `${digest}replicaCount`)],
  ];
  for (const [what, after] of accepted) {
    it(`may be ${what}`, () => {
      assert.equal(isImageChange(file(), BEFORE, after), true);
    });
  }

  it("may be the image of a source, but no decoy of it", () => {
    const objects = (tag: string, decoy = "v0") =>
      `kind: A\nmetadata: { name: api }\nimage: { tag: ${decoy} }\n---\nkind: Job\nmetadata: { name: api }\n` +
      `spec: { template: { spec: { containers: [{ name: api, image: "a:${tag}" }] } } }\n`;
    const source = { kind: "manifests" } as const;
    assert.equal(isImageChange(file(), objects("v1"), objects("v2"), source), true);
    assert.equal(isImageChange(file(), objects("v1"), objects("v2", "v1"), source), false);
    assert.equal(isImageChange(file(), objects("v1"), objects("v1").replace("A", "B"), source), false);
    assert.equal(isImageChange(file(), objects("v1"), objects("v1")), false);
  });

  const refused: [
    what: string,
    file: ReturnType<typeof file>,
    before: string | undefined,
    after: string | undefined,
  ][] = [
    ["another repository", file(), BEFORE, BEFORE.replace("vaarak/api", "evil/api")],
    ["another value", file(), BEFORE, BEFORE.replace("Count: 2", "Count: 0")],
    ["a new key", file(), BEFORE, `${BEFORE}env: {}\n`],
    ["a new file", { ...file(), before: { mode: "100644", blob: "b" } }, undefined, BEFORE],
    ["a removed file", file(undefined, undefined), BEFORE, undefined],
    ["another mode", file(undefined, "100755"), BEFORE, BEFORE.replace("1111111", "2222222")],
    [
      "a file that is not a values file",
      file("environments/prod/sub/api.yaml"),
      BEFORE,
      BEFORE.replace("1111111", "2"),
    ],
    ["a workflow", file(".github/workflows/a.yaml"), BEFORE, BEFORE.replace("1111111", "2222222")],
    ["invalid YAML", file(), BEFORE, `${BEFORE}a: [\n`],
    ["a duplicate key", file(), BEFORE, `${BEFORE}replicaCount: 2\n`],
    ["an empty file", file(), BEFORE, ""],
  ];
  for (const [what, change, before, after] of refused) {
    it(`may not be ${what}`, () => {
      assert.equal(isImageChange(change, before, after), false);
    });
  }
});

const [OLD, NEW, EVIL] = ["sha-1111111", "sha-2222222", "sha-bad0bad"];
const fileIn = (environment: string, service = "api") => `environments/${environment}/${service}.yaml`;
const RULE = "Promote api\n\nService: api\nPromoted-From: dev\nRule: promotion.staging";

describe("a bot's promotion that no person requested", function () {
  this.slow(5000);
  const github = new GitopsRepository();
  before(() =>
    github.make({
      ci: { ciAccounts: ["dev"], serviceRepositories: {} },
      files: {
        "gitops.yaml": "promotion: { staging: { automatic: true, healthyFor: 1h } }\n",
        ...Object.fromEntries(
          ["api", "web"].flatMap((service) => [
            [fileIn("dev", service), values(NEW, service)],
            [fileIn("staging", service), values(OLD, service)],
            [fileIn("prod", service), values(OLD, service)],
          ]),
        ),
      },
    }),
  );
  after(() => github.remove());

  let count = 0;

  /** The problems of a bot's pull request from a branch, which was used before by others. */
  async function found(
    branch: string,
    files: Record<string, string>,
    message = RULE,
    login = "bump",
  ): Promise<string[]> {
    if (count++ > 0)
      await github
        .octokit("owner")
        .rest.git.deleteRef({ ...at, ref: `heads/${branch}` })
        .catch(() => 0);
    const number = await github.propose(login, "main", branch, message, files);
    return github.as("release", async (session) => {
      const { candidate, request } = await fromPullRequest(session, { number });
      return (await unrequestedPromotion(candidate, request)).map(({ file = "", message }) => `${file}: ${message}`);
    });
  }
  const at = { owner: "vaarak", repo: "gitops" };

  it("may be the one that a rule on main makes", async () => {
    assert.deepEqual(await found("promote/api-to-staging", { [fileIn("staging")]: values(NEW) }), []);
  });

  it("is none of a person's, who answers for it", async () => {
    const change = { [fileIn("staging")]: values(EVIL) };
    assert.deepEqual(await found("promote/api-to-staging", change, "Promote api\n\nRequested-By: @dora"), []);
    assert.deepEqual(await found("promote/api-to-staging", change, "Promote api", "dora"), []);
  });

  const refused: [what: string, branch: string, files: Record<string, string>, says: RegExp, message?: string][] = [
    [
      "another version than the environment before has",
      "promote/api-to-staging",
      { [fileIn("staging")]: values(EVIL) },
      /^environments\/staging\/api\.yaml: No person requested .* Got sha-bad0bad; expected sha-2222222, the version/,
    ],
    [
      "the same tag with another digest",
      "promote/api-to-staging",
      { [fileIn("staging")]: `${values(NEW)}  digest: sha256:${"6".repeat(64)}\n` },
      /Got sha-2222222@sha256:6{64}; expected sha-2222222,/,
    ],
    [
      "another service as well",
      "promote/api-to-staging",
      { [fileIn("staging")]: values(NEW), [fileIn("staging", "web")]: values(NEW, "web") },
      /Got a change of environments\/staging\/api\.yaml, environments\/staging\/web\.yaml; expected the one file/,
    ],
    [
      "another service than its branch says",
      "promote/api-to-staging",
      { [fileIn("staging", "web")]: values(NEW, "web") },
      /expected the one file that promote\/api-to-staging is named after/,
    ],
    [
      "its own version of the environment before",
      "promote/api-to-staging",
      { [fileIn("dev")]: values(EVIL), [fileIn("staging")]: values(EVIL) },
      /expected the one file/,
    ],
    [
      "its own rules",
      "promote/api-to-prod",
      { [fileIn("prod")]: values(OLD.replace("1", "9")), "gitops.yaml": "promotion: {}\n" },
      /expected the one file/,
    ],
    [
      "an environment that no rule is about",
      "promote/api-to-prod",
      { [fileIn("prod")]: values(NEW) },
      /promotion\.prod: got nothing in gitops\.yaml on main; expected automatic: true\. Promote it yourself/,
    ],
    [
      "the entry",
      "promote/api-to-dev",
      { [fileIn("dev")]: values(EVIL) },
      /promotion\.dev: got nothing in gitops\.yaml on main/,
    ],
    [
      "what only a bot requested",
      "promote/api-to-staging",
      { [fileIn("staging")]: values(EVIL) },
      /Got sha-bad0bad/,
      "Promote api\n\nRequested-By: @github-actions[bot]",
    ],
    [
      "what only CI requested",
      "promote/api-to-staging",
      { [fileIn("staging")]: values(EVIL) },
      /Got sha-bad0bad/,
      "Promote api\n\nRequested-By: @Dev",
    ],
  ];
  for (const [what, branch, files, says, message] of refused) {
    it(`may not be ${what}`, async () => {
      const problems = await found(branch, files, message);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", says);
    });
  }
});
