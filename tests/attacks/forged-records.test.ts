/**
 * Tags that say who approved a release, made by somebody else than the platform: anybody may push one, and none may be
 * believed.
 */
import assert from "node:assert/strict";
import { Keys } from "@gitops-platform/test-support/keys";
import { attack } from "./support/attack";
import { Workshop } from "./support/git";
import { history, released } from "./support/production";

const kind = "names that decide";

describe("forged records", () => {
  let workshop: Workshop;
  let keys: Keys;
  let known: Awaited<ReturnType<typeof history>>;
  /** A commit of production that has a record, and an early one that has none. */
  let [recorded, first] = ["", ""];
  before(async () => {
    await released();
    workshop = await Workshop.open();
    keys = new Keys();
    known = await history();
    recorded = workshop.tip("env/prod");
    first =
      known.findLast(({ approval }) => approval.state === "unverified")?.commit ??
      workshop.git("rev-list", "--max-parents=0", recorded);
    workshop.git("fetch", "--quiet", workshop.remote, "+refs/tags/release/*:refs/tags/release/*");
  });
  after(() => {
    keys.remove();
    workshop.close();
  });

  const says = "Release api\n\nEnvironment: prod\nApproved-By: @other-approver\nPull-Request: 1\n";
  const name = (commit: string, more = "") => `release/prod/${commit.slice(0, 12)}${more}`;
  const signed = (tag: string, commit: string) => {
    const { key } = keys.make(`key-${tag.replaceAll("/", "-")}`);
    const settings = {
      "gpg.format": "ssh",
      "user.signingkey": key,
      "user.name": "gitops-release",
      "user.email": "x@x",
    };
    const flags = Object.entries(settings).flatMap(([setting, value]) => ["-c", `${setting}=${value}`]);
    workshop.git(...flags, "tag", "--force", "-s", "-m", says, tag, commit);
    return `refs/tags/${tag}`;
  };
  /** A tag whose text is made up, its signature too. */
  const written = (tag: string, commit: string, signature: string) =>
    workshop.makeTag(
      `object ${commit}\ntype commit\ntag ${tag}\ntagger gitops-release <x@x> 1 +0000\n\n${says}${signature}`,
    );

  const PGP = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n";
  const X509 = "-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----\n";
  const SSH = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";

  const forged: [what: string, make: () => [object: string, tag: string]][] = [
    [
      "a record of one's own key beside the true one",
      () => [signed(name(recorded, "-2"), recorded), name(recorded, "-2")],
    ],
    ["a record of one's own key where there is none", () => [signed(name(first), first), name(first)]],
    ["the true record under another commit's name", () => [`refs/tags/${name(recorded)}`, name(first)]],
    ["a commit in a record's place", () => [first, name(first)]],
    ["a record with no signature", () => [written(name(first), first, ""), name(first)]],
    ["a record with a signature of PGP's form", () => [written(name(first), first, PGP), name(first)]],
    ["a record with a signature of X.509's form", () => [written(name(first), first, X509), name(first)]],
    ["a record with a broken signature of SSH's form", () => [written(name(first), first, SSH), name(first)]],
    ["a record of another environment", () => [signed(name(first).replace("prod", "staging"), first), name(first)]],
  ];
  for (const [what, make] of forged) {
    attack({
      class: kind,
      by: "developer",
      what,
      expected: "without effect",
      try: async () => {
        const [object, tag] = make();
        const answer = await workshop.push("developer", `${object}:refs/tags/${tag}`);
        return { answer, seen: await history() };
      },
      holds: ({ answer, seen }) => {
        const strip = (all: typeof known) =>
          all.map(({ approval, ...rest }) => ({
            ...rest,
            approval: approval.state === "unverified" ? { state: approval.state } : approval,
          }));
        assert.deepEqual(strip(seen), strip(known), "history tells of other approvals");
        return answer.refused ? "GitHub: refused the tag" : "gitops history: the same approvals as before";
      },
    });
  }
});
