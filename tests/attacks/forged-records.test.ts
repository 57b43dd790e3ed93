/** Forged approval records: anybody can push such a tag, but commands must not believe it. */
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
  /** A commit of production with a record, and an early one without. */
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
  /** A tag with a forged text and signature. */
  const written = (tag: string, commit: string, signature: string) =>
    workshop.makeTag(
      `object ${commit}\ntype commit\ntag ${tag}\ntagger gitops-release <x@x> 1 +0000\n\n${says}${signature}`,
    );

  const PGP = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n";
  const X509 = "-----BEGIN SIGNED MESSAGE-----\nMII=\n-----END SIGNED MESSAGE-----\n";
  const SSH = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n";

  const forged: [what: string, make: () => [object: string, tag: string]][] = [
    [
      "a record signed with one's own key, beside the real one",
      () => [signed(name(recorded, "-2"), recorded), name(recorded, "-2")],
    ],
    [
      "a record signed with one's own key for a commit without a record",
      () => [signed(name(first), first), name(first)],
    ],
    ["the real record with the name for another commit", () => [`refs/tags/${name(recorded)}`, name(first)]],
    ["a commit instead of a record", () => [first, name(first)]],
    ["a record without a signature", () => [written(name(first), first, ""), name(first)]],
    ["a record with a PGP signature", () => [written(name(first), first, PGP), name(first)]],
    ["a record with an X.509 signature", () => [written(name(first), first, X509), name(first)]],
    ["a record with an invalid SSH signature", () => [written(name(first), first, SSH), name(first)]],
    ["a record for another environment", () => [signed(name(first).replace("prod", "staging"), first), name(first)]],
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
        assert.deepEqual(strip(seen), strip(known), "history lists other approvals");
        return answer.refused ? "GitHub: refused the tag" : "gitops history: the same approvals as before";
      },
    });
  }
});
