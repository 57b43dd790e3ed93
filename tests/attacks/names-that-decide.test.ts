/**
 * Refs with names that could be mistaken for the platform's branches. GitHub's rules refuse some of them. The others
 * are created directly in the repository, as if they were older than the rules: neither Argo CD nor a command may
 * follow them.
 */
import assert from "node:assert/strict";
import { attack } from "./support/attack";
import type { Actor } from "./support/actors";
import { plant, tipOf, Workshop } from "./support/git";
import { RULES, refused } from "./support/github";
import { evilCommit, followsOnly, history, refreshed, released } from "./support/production";

const kind = "names that decide";

describe(kind, () => {
  let workshop: Workshop;
  let evil = "";
  let known: Awaited<ReturnType<typeof history>>;
  before(async () => {
    await released();
    known = await history();
    workshop = await Workshop.open();
    evil = evilCommit(workshop, "env/prod");
  });
  after(() => {
    workshop.close();
  });

  const tags: [by: Actor, tag: string, what: string][] = [
    ["developer", "env/prod", "a tag with the name of production's branch"],
    ["the key of gitops-bump", "env/prod", "a tag with the name of production's branch"],
    ["the organisation's owner", "env/prod", "a tag with the name of production's branch"],
    ["approver", "main", "a tag with the name of the default branch"],
    ["developer", "HEAD", "a tag named HEAD"],
    ["approver", "origin/main", "a tag with the short name of the remote's main"],
    ["the key of gitops-bump", "origin/main", "a tag with the short name of the remote's main"],
    ["developer", "origin/env/prod", "a tag with the short name of the remote's env/prod"],
    ["developer", "refs/heads/env/prod", "a tag with the full name of production's branch"],
    ["developer", "refs/remotes/origin/main", "a tag with the full name of the remote's main"],
    ["developer", "heads/env/prod", "a tag named heads/env/prod"],
    ["developer", "ENV/PROD", "a tag with the name of production's branch in capitals"],
    ["developer", "еnv/prod", "a tag with the name of production's branch and a Cyrillic letter"],
    ["developer", "env/prod/deeper", "a tag below the name of production's branch"],
    ["developer", "release", "a tag that blocks all approval records"],
    ["developer", "release/prod", "a tag that blocks production's approval records"],
    ["developer", "release/prod/0123456789ab/x", "a tag below the name of an approval record"],
    ["developer", "v1.0.0", "an ordinary tag"],
    ["developer", `x${"y".repeat(190)}`, "a very long tag"],
  ];
  for (const [by, tag, what] of tags) {
    attack({
      class: kind,
      by,
      what: `${what} (refs/tags/${tag.length > 60 ? `${tag.slice(0, 12)}…` : tag})`,
      try: () => workshop.push(by, `${evil}:refs/tags/${tag}`),
      holds: refused(RULES),
    });
  }

  const branches: [by: Actor, branch: string, what: string][] = [
    ["developer", "env/staging", "a branch for an environment that does not wait for approval"],
    ["developer", "env/x", "a branch below env/"],
    ["developer", "env/x/y", "a branch two levels below env/"],
    ["the key of gitops-bump", "env/x/y/z", "a branch three levels below env/"],
    ["the organisation's owner", "env/prod2", "a branch whose name begins like production's"],
    ["the key of gitops-release", "env/dev", "a branch below env/ by the release App"],
  ];
  for (const [by, branch, what] of branches) {
    attack({
      class: kind,
      by,
      what: `${what} (${branch})`,
      try: () => workshop.push(by, `${evil}:refs/heads/${branch}`),
      holds: refused(RULES),
    });
  }

  attack({
    class: kind,
    by: "developer",
    what: "a ref of GitHub's own (refs/pull/1/head)",
    try: () => workshop.push("developer", `${evil}:refs/pull/1/head`),
    holds: refused(/hidden ref|deny updating|RULE|GH013/),
  });

  // GitHub may accept a name in another namespace, but it must have no effect.
  const elsewhere = [
    "refs/env/prod",
    "refs/remotes/origin/main",
    "refs/remotes/origin/env/prod",
    "refs/gitops-tags/release/prod/0123456789ab",
    "refs/for/env/prod",
    "refs/changes/01/1/1",
    "refs/notes/commits",
    "refs/heads/refs/heads/env/prod",
    "refs/heads/origin/env/prod",
    "refs/heads/ENV/prod",
  ];
  for (const ref of elsewhere) {
    attack({
      class: kind,
      by: "developer",
      what: `a ref outside the rules (${ref})`,
      expected: "without effect",
      try: () => workshop.push("developer", `${evil}:${ref}`),
      holds: async (answer) => {
        assert.deepEqual(await history(), known, "history changed");
        assert.equal(await refreshed("prod"), await tipOf("env/prod"), "production follows another commit");
        return answer.refused ? refused(/./)(answer) : "history and production are as before";
      },
    });
  }

  const followed: [environment: "dev" | "staging" | "prod", branch: string, ref: string][] = [
    ["prod", "env/prod", "refs/tags/env/prod"],
    ["prod", "env/prod", "refs/tags/refs/heads/env/prod"],
    ["prod", "env/prod", "refs/heads/refs/heads/env/prod"],
    ["prod", "env/prod", "refs/env/prod"],
    ["dev", "main", "refs/tags/main"],
    ["dev", "main", "refs/heads/refs/heads/main"],
    ["dev", "main", "refs/main"],
    ["staging", "main", "refs/tags/main"],
    ["staging", "main", "refs/tags/HEAD"],
  ];
  for (const [environment, branch, ref] of followed) {
    attack({
      class: kind,
      by: "developer",
      what: `${ref}, created before the rules, and Argo CD in ${environment}`,
      expected: "without effect",
      try: async () => {
        await workshop.fetch();
        plant(workshop, ref, evilCommit(workshop, branch));
        return tipOf(branch);
      },
      holds: (tip) => followsOnly(environment, tip),
    });
  }

  const misread = [
    "refs/tags/origin/main",
    "refs/tags/origin/env/prod",
    "refs/tags/main",
    "refs/tags/env/prod",
    "refs/tags/HEAD",
    "refs/tags/refs/remotes/origin/env/prod",
    "refs/heads/origin/main",
    "refs/heads/origin/env/prod",
    "refs/heads/heads/env/prod",
    "refs/heads/HEAD",
  ];
  for (const ref of misread) {
    attack({
      class: kind,
      by: "developer",
      what: `${ref}, created before the rules, and gitops history`,
      expected: "without effect",
      try: async () => {
        const signers = { ".github/gitops/allowed_signers": 'gitops-release namespaces="git" ssh-rsa AAAA\n' };
        plant(workshop, ref, workshop.commit(evil, signers));
        return history();
      },
      holds: (seen) => {
        assert.deepEqual(seen, known, "history changed");
        return "gitops history: the same deployments and approvals as before";
      },
    });
  }

  attack({
    class: kind,
    by: "developer",
    what: "a replacement of production's commit (refs/replace/…)",
    expected: "without effect",
    try: async () => {
      const tip = await tipOf("env/prod");
      await workshop.push("developer", `${evil}:refs/replace/${tip}`);
      return { seen: await history(), tip };
    },
    holds: async ({ seen, tip }) => {
      assert.deepEqual(seen, known, "history changed");
      return followsOnly("prod", tip);
    },
  });
});
