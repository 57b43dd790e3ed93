/** Merges that GitHub refuses, while it does not tell its settings and rules. On the stand-in, over HTTP and Git. */
import assert from "node:assert/strict";
import { RequestError } from "@octokit/request-error";
import { Landing } from "../../../gitops/github/merging";
import { mergeIfApproved } from "../../../gitops/release/merge";
import type { Session } from "../../../gitops/session";
import { GitopsRepository } from "../support/repository";

const README = { "README.md": "# More\n" };

describe("a merge that GitHub refuses, while it does not say why it would", function () {
  this.timeout(120_000);
  const github = new GitopsRepository();
  before(() => github.start());
  after(() => github.remove());

  /** Refuses every merge, and one kind of question about the reason. Returns how often that was asked. */
  function refuse({ github: { hook } }: Session, question: RegExp): () => number {
    const request = { method: "GET" as const, url: "", headers: {} };
    let asked = 0;
    hook.before("request", ({ method, url }) => {
      if (method === "PUT" && url.endsWith("/merge")) throw new RequestError("Not today.", 405, { request });
      if (method !== "GET" || !question.test(url)) return;
      asked += 1;
      throw new RequestError("Resource not accessible by integration", 403, { request });
    });
    return () => asked;
  }

  const questions = { settings: /\/repos\/[^/]+\/[^/]+$/, rules: /\/rules\/branches\// };
  for (const [about, question] of Object.entries(questions)) {
    it(`keeps its reason as a release's, without the ${about}`, async () => {
      const number = await github.propose("dora", "env/prod", `release-${about}`, "Say more", README);
      await github.sayValid(number);
      await github.approve("ann", number);
      const [result, asked] = await github.as("release-app", async (session) => {
        const count = refuse(session, question);
        return [await mergeIfApproved(session, number, false), count()] as const;
      });
      assert.deepEqual([result, asked], [{ blocked: "GitHub refuses to merge it: Not today." }, 1]);
    });

    it(`keeps its reason on the way to main, without the ${about}`, async () => {
      const branch = `main-${about}`;
      const number = await github.propose("dora", "main", branch, "Say more", README);
      await github.sayValid(number);
      const { head, html_url: url, title } = await github.pull(number);
      const [step, asked] = await github.as("dora", async (session) => {
        const count = refuse(session, question);
        const request = { branch, base: "main", head: head.sha, title, message: "" };
        return [await new Landing(session, { number, url }, request).step(), count()] as const;
      });
      assert.deepEqual([step, asked], [{ wait: "Not today." }, 1]);
    });
  }
});
