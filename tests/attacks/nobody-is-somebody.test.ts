/**
 * Changes without a visible contributor: requests by bots and CI, and contributions that nested pull requests hide or
 * commits forge. A contributor cannot approve, and a change that no person requested is not merged.
 */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import type { Actor } from "./support/actors";
import { attack } from "./support/attack";
import { afterwards } from "./support/cleaning";
import { type Files, tipOf, Workshop } from "./support/git";
import { allowed, call } from "./support/github";
import { EVIL, freshVersion, released } from "./support/production";
import {
  approve,
  freshBranch,
  invalid,
  lineLike,
  merge,
  open,
  openBranch,
  type Pull,
  propose,
  pullOf,
  releaseOf,
  validated,
} from "./support/pulls";
import { approveForNow, isKeptOut, land, PROD, releaseBy, STAGING, tryMerge, versionFiles } from "./support/releases";
import { curl, dispatch, type Ended, rerun, startedBy, withWorkflowToken } from "./support/workflows";

const kind = "nobody is somebody";

describe(kind, () => {
  let workshop: Workshop;
  before(async () => {
    await released();
    workshop = await Workshop.open();
  });
  after(() => {
    workshop.close();
  });

  const orders: Record<string, Record<string, string>> = {
    "promote.yaml": { service: "api", from: "dev", to: "staging", force: "because" },
    "rollback.yaml": { service: "api", environment: "staging", reason: "because" },
    "break-glass.yaml": { service: "api", environment: "prod", reason: "because" },
    "bump.yaml": { service: "api", tag: "sha-bad0bad", digest: `sha256:${"6".repeat(64)}` },
  };
  const NOBODY = /expected a person|identity|account of CI|may not|not a person/;

  const fails = ({ answer, conclusion, log }: Ended): string => {
    if (answer.refused) return `GitHub: ${answer.said}`;
    assert.equal(conclusion, "failure", "the workflow succeeded");
    if (!NOBODY.test(log)) throw new Error(`failed for another reason: ${log.slice(-500)}`);
    return `gitops: ${lineLike(log, NOBODY)}`;
  };

  for (const [workflow, inputs] of Object.entries(orders)) {
    attack({
      class: kind,
      by: "CI's token",
      what: `${workflow} started by CI alone`,
      try: () => dispatch("CI's token", workflow, inputs),
      holds: fails,
    });
    attack({
      class: kind,
      by: "approver",
      what: `${workflow} started by a workflow that an approver pushes`,
      try: () =>
        startedBy(workflow, async () => {
          const body = { ref: "main", inputs };
          const script = curl("POST", `actions/workflows/${workflow}/dispatches`, body);
          const { log } = await withWorkflowToken(workshop, "approver", { actions: "write" }, script);
          const status = Number(/status (\d+)/.exec(log)?.[1]);
          return { refused: status >= 300, status, said: `${status}` };
        }),
      holds: fails,
    });
  }

  const tokens: [what: string, token: string][] = [
    ["a text that is not a token", "please"],
    ["an unsigned token", unsigned({ repository: "vaarak/api", ref: "refs/heads/main", event_name: "push" })],
  ];
  for (const [what, identity] of tokens) {
    attack({
      class: kind,
      by: "CI's token",
      what: `a bump with ${what}`,
      try: () => dispatch("CI's token", "bump.yaml", { ...orders["bump.yaml"], identity }),
      holds: fails,
    });
  }

  attack({
    class: kind,
    by: "CI's token",
    what: "a person's promotion that CI runs again",
    try: async () => {
      const first = await dispatch("developer", "promote.yaml", { service: "nothing", from: "dev", to: "staging" });
      return rerun("CI's token", first);
    },
    holds: fails,
  });

  attack({
    class: kind,
    by: "developer",
    what: "break-glass by a person who is not an approver",
    try: () => dispatch("developer", "break-glass.yaml", orders["break-glass.yaml"] ?? {}),
    holds: ({ answer, conclusion, log }) => {
      if (answer.refused) return `GitHub: ${answer.said}`;
      assert.equal(conclusion, "failure", "break-glass was accepted");
      return `gitops: ${lineLike(log, /release|owner|approve/)}`;
    },
  });

  const messages: [by: Actor, what: string, message: string][] = [
    ["the key of gitops-bump", "a promotion that nobody requested", "Promote api"],
    ["the key of gitops-bump", "a promotion that a bot requested", "Promote api\n\nRequested-By: @github-actions[bot]"],
    ["the key of gitops-bump", "a promotion that CI requested", "Promote api\n\nRequested-By: @ci"],
    [
      "the key of gitops-bump",
      "an automatic promotion that no rule permits",
      "Promote api\n\nService: api\nPromoted-From: staging\nRule: promotion.prod",
    ],
  ];
  for (const [by, what, message] of messages) {
    attack({
      class: kind,
      by,
      what: `${what}, approved by an approver`,
      try: async () => {
        await workshop.fetch();
        const version = freshVersion();
        // Under the name of a promotion, validate refuses it already, which the next attacks try.
        const branch = freshBranch("change");
        const title = `Promote api ${version}`;
        await land(
          by,
          await propose(workshop, by, "main", versionFiles(workshop, version, PROD), { title, branch, message }),
        );
        const release = await releaseOf(version);
        await validated(release);
        return tryMerge("approver", release.number, () => approveForNow("approver", release.number));
      },
      holds: isKeptOut,
    });
  }

  for (const [by, what, message] of messages) {
    attack({
      class: kind,
      by,
      what: `${what}, into main`,
      try: async () => {
        await workshop.fetch();
        const files = versionFiles(workshop, EVIL, PROD);
        return propose(workshop, by, "main", files, { branch: freshBranch("promote/attack"), message });
      },
      holds: (pull) => invalid(pull, /No person requested this promotion/),
    });
  }

  const RULED = "Promote api\n\nService: api\nPromoted-From: dev\nRule: promotion.staging";
  const brought: [what: string, files: (workshop: Workshop) => Files][] = [
    ["the version of dev, without a rule", (at) => versionFiles(at, versionIn(at, "dev"), STAGING)],
    ["another version", (at) => versionFiles(at, EVIL, STAGING)],
    [
      "its own rule",
      (at) => ({
        ...versionFiles(at, EVIL, STAGING),
        "gitops.yaml": "promotion: { staging: { automatic: true, healthyFor: 0m } }\n",
      }),
    ],
    ["its own version of dev", (at) => versionFiles(at, EVIL, "environments/dev/api.yaml", STAGING)],
  ];
  for (const [what, files] of brought) {
    attack({
      class: kind,
      by: "the key of gitops-bump",
      what: `an automatic promotion to staging that brings ${what}`,
      try: async () => {
        await workshop.fetch();
        const branch = "promote/api-to-staging";
        await call("developer", "DELETE", `git/refs/heads/${branch}`);
        return propose(workshop, "the key of gitops-bump", "main", files(workshop), { branch, message: RULED });
      },
      holds: (pull) => invalid(pull, /No person requested this promotion/),
    });
  }

  attack({
    class: kind,
    by: "CI's token",
    what: "promote-automatically.yaml started by CI alone, while no rule permits an automatic promotion",
    expected: "without effect",
    try: async () => {
      const before = await tipOf("main");
      return { before, ended: await dispatch("CI's token", "promote-automatically.yaml", {}) };
    },
    holds: async ({ before, ended: { answer, conclusion, log } }) => {
      if (answer.refused) throw new Error(answer.said);
      assert.equal(conclusion, "success", log.slice(-500));
      assert.equal(await tipOf("main"), before, "main has changed");
      return `gitops: ${lineLike(log, /No version is ahead/)}`;
    },
  });

  attack({
    class: kind,
    by: "CI's token",
    what: "promote-automatically.yaml with a service and a version of one's own",
    try: () => dispatch("CI's token", "promote-automatically.yaml", { service: "api", tag: EVIL }),
    holds: ({ answer, log }) => {
      assert.ok(answer.refused, `it ran: ${log.slice(-500)}`);
      return `GitHub: ${answer.said}`;
    },
  });

  attack({
    class: kind,
    by: "approver",
    what: "an approval of one's own commit, merged through a colleague's branch and pull request",
    try: async () => {
      await workshop.fetch();
      const version = freshVersion();
      const feature = freshBranch("feature");
      await workshop.push("developer", `${workshop.tip("main")}:refs/heads/${feature}`);
      const told = { message: `Promote api ${version}`, author: "approver", email: "nobody@nowhere" };
      const work = workshop.commit(workshop.tip("main"), versionFiles(workshop, version), told);
      const nested = await open(workshop, "approver", work, feature);
      await allowed("developer", "PUT", `pulls/${nested.number}/merge`, { merge_method: "merge" });
      await land("developer", await openBranch("developer", feature, "main", `Promote api ${version}`));
      const release = await releaseOf(version);
      return tryMerge("approver", release.number, () => approveForNow("approver", release.number));
    },
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "approver",
    what: "an approval of one's own commit, merged through two nested branches",
    try: async () => {
      await workshop.fetch();
      const version = freshVersion();
      const main = workshop.tip("main");
      const [outer, inner] = [freshBranch("outer"), freshBranch("inner")];
      await workshop.push("developer", `${main}:refs/heads/${outer}`, `${main}:refs/heads/${inner}`);
      const work = workshop.commit(main, versionFiles(workshop, version), { message: `Promote api ${version}` });
      const deepest = await open(workshop, "approver", work, inner);
      await allowed("developer", "PUT", `pulls/${deepest.number}/merge`, { merge_method: "merge" });
      const middle = await openBranch("developer", inner, outer);
      await allowed("developer", "PUT", `pulls/${middle.number}/merge`, { merge_method: "merge" });
      await land("developer", await openBranch("developer", outer, "main", `Promote api ${version}`));
      const release = await releaseOf(version);
      return tryMerge("approver", release.number, () => approveForNow("approver", release.number));
    },
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "approver",
    what: "an approval of one's own commit on a colleague's branch",
    try: async () => {
      await workshop.fetch();
      const version = freshVersion();
      const branch = freshBranch("colleague");
      const main = workshop.tip("main");
      const file = "environments/dev/api.yaml";
      const ours = workshop.commit(main, { [file]: `# Ours\n${workshop.show(main, file)}` });
      await workshop.push("developer", `${ours}:refs/heads/${branch}`);
      await workshop.fetch();
      const work = workshop.commit(workshop.tip(branch), versionFiles(workshop, version));
      await workshop.push("approver", `${work}:refs/heads/${branch}`);
      await land("developer", await openBranch("developer", branch, "main", `Promote api ${version}`));
      const release = await releaseOf(version);
      return tryMerge("approver", release.number, () => approveForNow("approver", release.number));
    },
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "approver",
    what: "an approval of one's own pull request into production",
    try: async () => {
      const values = workshop.show(workshop.tip("env/prod"), PROD).replace(/minReplicas: \d+/, "minReplicas: 4");
      const pull = await propose(workshop, "approver", "env/prod", { [PROD]: values });
      return approve("approver", pull.number);
    },
    holds: ({ refused, said }) => {
      assert.ok(refused, "it was approved");
      return `GitHub: ${said}`;
    },
  });

  attack({
    class: kind,
    by: "developer",
    what: "commits in an approver's name, which should prevent an approval",
    expected: "without effect",
    try: async () => {
      const told = { author: "other-approver", email: "other-approver@users.noreply.localhost" };
      const release: Pull = await releaseBy(workshop, "developer", told);
      await validated(release);
      const { refused: isRefused, said } = await approve("other-approver", release.number);
      if (isRefused) throw new Error(said);
      return release;
    },
    holds: async ({ number }) => {
      await until(`#${number} to be merged`, async () => {
        const { merged } = await pullOf(number);
        return merged ? { done: true } : { waitingFor: "it is open" };
      });
      return "Release: merged what other-approver approved, whose name GitHub did not verify";
    },
  });

  attack({
    class: kind,
    by: "CI's token",
    what: "a merge of a release that waits for approval",
    try: async () => {
      const release = await releaseBy(workshop, "developer");
      afterwards(() => call("the organisation's owner", "PATCH", `pulls/${release.number}`, { state: "closed" }));
      return merge("CI's token", release.number);
    },
    holds: ({ refused, said }) => {
      assert.ok(refused, "it was merged");
      return `GitHub: ${said}`;
    },
  });
});

/** The version of the API service in an environment, on `main`. */
function versionIn(workshop: Workshop, environment: string): string {
  const text = workshop.show(workshop.tip("main"), `environments/${environment}/api.yaml`);
  return /tag: "([^"]*)"/.exec(text)?.[1] ?? "";
}

/** An unsigned token in the format of GitHub's tokens. */
function unsigned(claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${encode({ alg: "none", typ: "JWT" })}.${encode({ ...claims, aud: "gitops-bump", exp: 4102444800 })}.`;
}
