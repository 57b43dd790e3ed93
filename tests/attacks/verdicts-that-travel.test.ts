/**
 * Approvals and checks that were given for one thing and are used for another: another pull request of the same commit,
 * another base, another time. The repository's own workflows decide. Finally an owner who is not a contributor approves
 * the same release, and it is merged.
 */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { attack } from "./support/attack";
import { afterwards } from "./support/cleaning";
import { tipOf, Workshop } from "./support/git";
import { allowed, call, refused } from "./support/github";
import { history, released } from "./support/production";
import {
  approve,
  checkName,
  close,
  freshBranch,
  invalid,
  merge,
  open,
  openBranch,
  type Pull,
  propose,
  pullOf,
  validated,
  verdictOn,
} from "./support/pulls";
import { approveForNow, isKeptOut, land, PROD, releaseBy, STAGING, tryMerge, versionFiles } from "./support/releases";

const kind = "verdicts that travel";
const OWNED = ".github/gitops/owned.txt";

describe(kind, () => {
  let workshop: Workshop;
  /** Promoted by an approver, who is therefore a contributor to it. */
  let release: Pull;
  before(async () => {
    await released();
    workshop = await Workshop.open();
    release = await releaseBy(workshop, "approver");
    await validated(release);
  });
  after(() => {
    workshop.close();
  });
  const sameHead = () => open(workshop, "approver", release.head.sha, "env/prod", { branch: freshBranch("same-head") });
  const fetchHead = async () => {
    await workshop.fetch();
    release = await pullOf(release.number);
  };

  attack({
    class: kind,
    by: "approver",
    what: "an approval of one's own promotion",
    try: () => tryMerge("approver", release.number, () => approveForNow("approver", release.number)),
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "approver",
    what: "a second pull request of the release's commit, approved by a person who is not an owner",
    try: () =>
      tryMerge("approver", release.number, async () => {
        await fetchHead();
        await approveForNow("approver", release.number);
        const { number } = await sameHead();
        await approve("developer", number);
      }),
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "approver",
    what: "a second pull request of the release's commit, approved and closed before one's own approval",
    try: () =>
      tryMerge("approver", release.number, async () => {
        await fetchHead();
        const { number } = await sameHead();
        await approve("developer", number);
        await allowed("approver", "PATCH", `pulls/${number}`, { state: "closed" });
        await approveForNow("approver", release.number);
      }),
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "approver",
    what: "one's own approval and an immediate merge, after an approval that does not count",
    try: () =>
      tryMerge("approver", release.number, async () => {
        await approveForNow("engineer", release.number);
        await approve("approver", release.number);
      }),
    holds: isKeptOut,
  });

  for (const by of ["developer", "engineer", "the key of gitops-bump"] as const) {
    attack({
      class: kind,
      by,
      what: "an approval by an account that is not an owner",
      try: () => tryMerge("approver", release.number, () => approveForNow(by, release.number)),
      holds: isKeptOut,
    });
  }

  attack({
    class: kind,
    by: "the key of gitops-release",
    what: "an approval by the App that opened the pull request",
    try: () =>
      tryMerge("the key of gitops-release", release.number, () => approve("the key of gitops-release", release.number)),
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "developer",
    what: "an owner's comment instead of an approval",
    try: () =>
      tryMerge("developer", release.number, async () => {
        await allowed("other-approver", "POST", `pulls/${release.number}/reviews`, { event: "COMMENT", body: "Fine" });
      }),
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "developer",
    what: "a commit that is pushed to the branch after the approval",
    try: async () => {
      const other = await releaseCopy();
      return tryMerge("developer", other.number, () =>
        whileHeldUp(other.number, async () => {
          await workshop.fetch();
          const more = workshop.commit(other.head.sha, { "README.md": "More\n" });
          await workshop.push("developer", `${more}:refs/heads/${other.head.ref}`);
        }),
      );
    },
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "developer",
    what: "an approval from before the pull request was reopened",
    try: async () => {
      const other = await releaseCopy();
      return tryMerge("developer", other.number, () =>
        whileHeldUp(other.number, async () => {
          await allowed("developer", "PATCH", `pulls/${other.number}`, { state: "closed" });
          await allowed("developer", "PATCH", `pulls/${other.number}`, { state: "open" });
        }),
      );
    },
    holds: isKeptOut,
  });

  attack({
    class: kind,
    by: "developer",
    what: "an approval that was given for another base branch",
    try: async () => {
      await fetchHead();
      const base = freshBranch("base");
      await workshop.push("developer", `${workshop.tip("env/prod")}:refs/heads/${base}`);
      const other = await open(workshop, "developer", release.head.sha, base);
      return tryMerge("developer", other.number, async () => {
        await approveForNow("other-approver", other.number);
        await allowed("developer", "PATCH", `pulls/${other.number}`, { base: "env/prod" });
      });
    },
    holds: isKeptOut,
  });

  /** A pull request by another person with the release's content and a commit of its own. */
  async function releaseCopy(): Promise<Pull> {
    await fetchHead();
    const tree = workshop.git("rev-parse", `${release.head.sha}^{tree}`);
    const commit = workshop.commitTree(tree, [workshop.tip("env/prod")], { message: "Copy", email: "developer@x" });
    const copy = await open(workshop, "developer", commit, "env/prod", { branch: freshBranch("copy") });
    await validated(copy);
    return copy;
  }

  /**
   * An owner approves while another person's objection prevents the merge. Then `work` runs, and the objection is
   * dismissed.
   */
  async function whileHeldUp(number: number, work: () => Promise<unknown>): Promise<void> {
    const reviews = `pulls/${number}/reviews`;
    const objection = { event: "REQUEST_CHANGES", body: "Not yet" };
    const { id } = await allowed<{ id: number }>("engineer", "POST", reviews, objection);
    await approveForNow("other-approver", number);
    await work();
    await call("developer", "PUT", `${reviews}/${id}/dismissals`, { message: "No objection" });
  }

  attack({
    class: kind,
    by: "engineer",
    what: "a refused change that becomes valid by a pull request of the same commit into another branch",
    try: async () => {
      await workshop.fetch();
      const bad = workshop.commit(workshop.tip("env/prod"), { ".gitattributes": "* text\n" });
      const refusedPull = await open(workshop, "engineer", bad, "env/prod");
      await invalid(refusedPull, /gitattributes/);
      const base = freshBranch("base");
      await workshop.push("engineer", `${bad}:refs/heads/${base}`);
      const head = await workshop.push("engineer", `${workshop.commit(bad, {})}:refs/heads/${base}-more`);
      assert.equal(head.refused, false);
      await openBranch("engineer", refusedPull.head.ref, "main", "The same into main");
      return tryMerge("engineer", refusedPull.number, () => approve("approver", refusedPull.number));
    },
    holds: isKeptOut,
  });

  for (const closes of [false, true]) {
    attack({
      class: kind,
      by: "engineer",
      what: `a commit on a bot's branch, in one's own pull request${closes ? " after the bot's is closed" : ""}`,
      try: async () => {
        await workshop.fetch();
        const files = versionFiles(workshop, "sha-0b07000", "environments/dev/api.yaml");
        const bot = await propose(workshop, "the key of gitops-bump", "main", files, {
          branch: freshBranch("bump/attack"),
        });
        const owned = workshop.commit(bot.head.sha, { [OWNED]: "x\n" });
        await workshop.push("engineer", `${owned}:refs/heads/${bot.head.ref}`);
        const before = await validated({ ...bot });
        if (closes) await allowed("engineer", "PATCH", `pulls/${bot.number}`, { state: "closed" });
        const own = await open(workshop, "engineer", owned, "main");
        await validated(own);
        await approve("engineer", bot.number);
        return {
          before,
          verdict: await newestValidate(own.number),
          answers: [await merge("engineer", bot.number), await merge("engineer", own.number)],
        };
      },
      holds: async ({ verdict, answers }) => {
        assert.equal(verdict?.conclusion, "failure", verdict?.said);
        assert.ok(
          answers.every((answer) => answer.refused),
          "it was merged",
        );
        assert.equal((await call("developer", "GET", `contents/${OWNED}`)).status, 404);
        return `validate: ${verdict.said}`;
      },
    });
  }

  /** The check `validate` after all workflows have ended. */
  async function newestValidate(number: number) {
    await until("the workflows to be at rest", async () => {
      const path = "actions/runs?per_page=30";
      const { workflow_runs: runs } = await allowed<{ workflow_runs: { status: string; name: string }[] }>(
        "developer",
        "GET",
        path,
      );
      const busy = runs.filter(({ status }) => status !== "completed");
      return busy.length === 0 ? { done: true } : { waitingFor: busy.map(({ name }) => name).join(", ") };
    });
    return verdictOn(number, checkName("validate", "main"));
  }

  attack({
    class: kind,
    by: "developer",
    what: "a second pull request of the release's commit that should block the release",
    expected: "without effect",
    try: async () => {
      await fetchHead();
      await open(workshop, "developer", release.head.sha, "env/prod", { branch: freshBranch("blocker") });
      const { refused: isRefused, said } = await approve("other-approver", release.number);
      if (isRefused) throw new Error(said);
    },
    holds: async () => {
      await until(`#${release.number} to be merged`, async () => {
        const { merged } = await pullOf(release.number);
        const verdict = await verdictOn(release.number, checkName("four-eyes", "env/prod"));
        return merged ? { done: true } : { waitingFor: verdict?.said ?? "no check" };
      });
      return "Release: merged what other-approver approved";
    },
  });

  attack({
    class: kind,
    by: "approver",
    what: "a record that lists approvers whose approvals did not count",
    expected: "without effect",
    try: () =>
      until<string[]>(`the record of #${release.number}`, async () => {
        const approval = (await history()).find(({ pullRequest }) => pullRequest === release.number)?.approval;
        return approval?.state === "approved"
          ? { done: [...approval.by] }
          : { waitingFor: approval ? JSON.stringify(approval) : "its merge" };
      }),
    holds: (by) => {
      assert.deepEqual(by, ["@other-approver"]);
      return "gitops history: approved by other-approver alone";
    },
  });

  attack({
    class: kind,
    by: "developer",
    what: "a release that was reverted on main, reopened with its approval",
    try: async () => {
      await workshop.fetch();
      const main = workshop.tip("main");
      const present = Object.fromEntries([PROD, STAGING].map((path) => [path, workshop.show(main, path)]));
      const other = await releaseBy(workshop, "developer");
      return tryMerge("developer", other.number, () =>
        whileHeldUp(other.number, async () => {
          await land("developer", await propose(workshop, "developer", "main", present, { title: "Take it back" }));
          await until(`#${other.number} to be withdrawn`, async () => {
            const { state } = await pullOf(other.number);
            return state === "closed" ? { done: true } : { waitingFor: state };
          });
          await workshop.push("developer", `${other.head.sha}:refs/heads/${other.head.ref}`);
          await call("developer", "PATCH", `pulls/${other.number}`, { state: "open" });
          afterwards(() => close(other.number));
        }),
      );
    },
    holds: async (tried) => {
      const word = refused(/405|403|404|422|409/)(tried.answer);
      assert.equal(await tipOf("env/prod"), tried.before, "env/prod moved");
      return word;
    },
  });
});
