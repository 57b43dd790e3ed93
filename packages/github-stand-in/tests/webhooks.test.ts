import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { until } from "@gitops-platform/clients/until";
import { base64, Receiver, refusal, StandIn } from "./support";

describe("GitHub stand-in: webhooks", function () {
  this.timeout(20_000);
  const github = new StandIn();
  const gitops = { owner: "vaarak", repo: "gitops" };
  const secret = "of the hook";
  let receiver: Receiver;
  let ada: Octokit;
  let hook: number;

  beforeEach(async () => {
    receiver = new Receiver();
    await Promise.all([receiver.start(), github.start()]);
    ada = await github.repository();
    const config = { url: receiver.url, content_type: "json", secret };
    const events = ["push", "create", "delete", "pull_request"];
    hook = (await ada.rest.repos.createWebhook({ ...gitops, config, events })).data.id;
    await receiver.nth("ping");
  });
  afterEach(async () => {
    await ada.rest.repos.delete(gitops);
    await Promise.all([receiver.stop(), github.stop()]);
  });
  after(() => github.remove());

  it("sends a signed ping when it is created, and on request", async () => {
    const ping = await receiver.nth("ping");
    const expected = `sha256=${createHmac("sha256", secret).update(ping.body).digest("hex")}`;
    assert.equal(ping.headers["x-hub-signature-256"], expected);
    assert.match(String(ping.headers["x-github-delivery"]), /^[0-9a-f-]{36}$/);
    assert.equal(ping.payload.hook_id, hook);
    assert.equal(ping.body.includes(secret), false);
    await ada.rest.repos.pingWebhook({ ...gitops, hook_id: hook });
    await receiver.nth("ping", 2);
  });

  it("reports a git push: refs, files of each commit, pusher", async () => {
    const ben = await github.clone("ben");
    const before = await ben.git("rev-parse", "HEAD");
    writeFileSync(join(ben.folder, "new.txt"), "new\n");
    await ben.git("add", ".");
    await ben.git("commit", "--quiet", "-m", "First");
    writeFileSync(join(ben.folder, "README.md"), "changed\n");
    await ben.git("rm", "--quiet", "new.txt");
    await ben.git("commit", "--quiet", "-am", "Second");
    await ben.git("push", "--quiet", "origin", "main");
    const { payload, headers, body } = await receiver.nth("push");
    const after = await ben.git("rev-parse", "HEAD");
    assert.deepEqual([payload.ref, payload.before, payload.after], ["refs/heads/main", before, after]);
    assert.deepEqual([payload.created, payload.deleted, payload.forced], [false, false, false]);
    const commits = payload.commits as Record<string, unknown>[];
    assert.deepEqual(
      commits.map(({ message, added, removed, modified }) => [message, added, removed, modified]),
      [
        ["First", ["new.txt"], [], []],
        ["Second", [], ["new.txt"], ["README.md"]],
      ],
    );
    assert.equal((payload.head_commit as { id: string }).id, after);
    const repository = payload.repository as Record<string, unknown>;
    assert.equal(repository.html_url, `${github.url}/vaarak/gitops`);
    assert.equal(repository.clone_url, `${github.url}/vaarak/gitops.git`);
    assert.equal(repository.default_branch, "main");
    assert.equal(typeof repository.pushed_at, "number");
    assert.deepEqual((payload.pusher as { name: string }).name, "ben");
    assert.deepEqual((payload.sender as { login: string }).login, "ben");
    assert.equal(headers["x-hub-signature-256"], `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  });

  it("reports writes through the API: contents, a new branch, its force-push and its deletion", async () => {
    const file = { ...gitops, path: "a.txt", message: "Add", content: base64("a") };
    const { data } = await ada.rest.repos.createOrUpdateFileContents(file);
    const first = (await receiver.nth("push")).payload;
    assert.deepEqual([first.after, (first.commits as { added: string[] }[])[0]?.added], [data.commit.sha, ["a.txt"]]);
    const sha = data.commit.sha ?? "";
    await ada.rest.git.createRef({ ...gitops, ref: "refs/heads/env/prod", sha });
    const created = (await receiver.nth("create")).payload;
    assert.deepEqual([created.ref, created.ref_type, created.master_branch], ["env/prod", "branch", "main"]);
    const second = (await receiver.nth("push", 2)).payload;
    assert.deepEqual([second.created, second.commits, (second.head_commit as { id: string }).id], [true, [], sha]);
    const parent = data.commit.parents?.[0]?.sha ?? "";
    await ada.rest.git.updateRef({ ...gitops, ref: "heads/env/prod", sha: parent, force: true });
    assert.equal((await receiver.nth("push", 3)).payload.forced, true);
    await ada.rest.git.deleteRef({ ...gitops, ref: "heads/env/prod" });
    assert.equal((await receiver.nth("delete")).payload.ref, "env/prod");
    assert.deepEqual((await receiver.nth("push", 4)).payload.deleted, true);
  });

  it("stores a failed delivery, does not repeat it, and delivers again on request", async () => {
    receiver.status = 503;
    await ada.rest.repos.createOrUpdateFileContents({ ...gitops, path: "b.txt", message: "Add", content: "" });
    const first = await receiver.nth("push");
    const list = async () => (await ada.rest.repos.listWebhookDeliveries({ ...gitops, hook_id: hook })).data;
    const deliveries = (count: number) =>
      until<Awaited<ReturnType<typeof list>>>(`${count} deliveries`, async () => {
        const listed = await list();
        return listed.length === count ? { done: listed } : { waitingFor: `there are ${listed.length}` };
      });
    const [failed] = await deliveries(2);
    assert.deepEqual([failed?.event, failed?.status_code, failed?.redelivery], ["push", 503, false]);
    assert.equal(receiver.received.filter(({ event }) => event === "push").length, 1);
    receiver.status = 200;
    const target = { ...gitops, hook_id: hook, delivery_id: failed?.id ?? 0 };
    assert.equal((await ada.rest.repos.redeliverWebhookDelivery(target)).status, 202);
    const again = await receiver.nth("push", 2);
    assert.equal(again.body, first.body);
    assert.equal(again.headers["x-github-delivery"], first.headers["x-github-delivery"]);
    const [redelivered] = await deliveries(3);
    assert.deepEqual([redelivered?.status, redelivered?.redelivery, redelivered?.guid], ["OK", true, failed?.guid]);
    const shown = (await ada.rest.repos.getWebhookDelivery(target)).data;
    assert.equal(shown.response.payload, "thanks");
  });

  it("never shows the secret, sends only its events, and stops when it is not active", async () => {
    const shown = (await ada.rest.repos.getWebhook({ ...gitops, hook_id: hook })).data;
    assert.equal(shown.config.secret, "********");
    const config = { url: receiver.url, content_type: "form" };
    const other = (await ada.rest.repos.createWebhook({ ...gitops, config, events: ["delete"] })).data;
    assert.equal(other.config.secret, undefined);
    await receiver.nth("ping", 2);
    await ada.rest.repos.updateWebhook({ ...gitops, hook_id: hook, active: false });
    const main = (await ada.rest.git.getRef({ ...gitops, ref: "heads/main" })).data.object.sha;
    await ada.rest.git.createRef({ ...gitops, ref: "refs/heads/x", sha: main });
    await ada.rest.git.deleteRef({ ...gitops, ref: "heads/x" });
    const deleted = await receiver.nth("delete");
    assert.equal(deleted.headers["content-type"], "application/x-www-form-urlencoded");
    assert.equal(deleted.headers["x-hub-signature-256"], undefined);
    assert.deepEqual(
      receiver.received.map(({ event }) => event),
      ["ping", "ping", "delete"],
    );
    const taken = await refusal(ada.rest.repos.createWebhook({ ...gitops, config, events: ["delete"] }));
    assert.equal(taken.status, 422);
    const nowhere = await refusal(ada.rest.repos.createWebhook({ ...gitops, config: { url: "ftp://x" } }));
    assert.match(JSON.stringify(nowhere.body.errors), /url is not a valid HTTP address/);
  });

  for (const method of ["merge", "squash", "rebase"] as const) {
    it(`reports a pull request that is opened, pushed to and merged by ${method}`, async () => {
      const main = (await ada.rest.git.getRef({ ...gitops, ref: "heads/main" })).data.object.sha;
      await ada.rest.git.createRef({ ...gitops, ref: "refs/heads/topic", sha: main });
      const write = (path: string, branch: string) =>
        ada.rest.repos.createOrUpdateFileContents({
          ...gitops,
          path,
          branch,
          message: `Add ${path}`,
          content: base64(path),
        });
      await write("one.txt", "topic");
      const opened = await ada.rest.pulls.create({
        ...gitops,
        head: "topic",
        base: "main",
        title: "Topic",
        body: "why",
      });
      const number = opened.data.number;
      assert.deepEqual([number, opened.data.mergeable, opened.data.commits], [1, true, 1]);
      const twin = await refusal(
        ada.rest.pulls.create({ ...gitops, head: "vaarak:topic", base: "main", title: "Twin" }),
      );
      assert.match(JSON.stringify(twin.body.errors), /A pull request already exists for vaarak:topic/);
      const pushed = await write("two.txt", "topic");
      await write("other.txt", "main");
      const pull = { ...gitops, pull_number: number };
      assert.equal((await ada.rest.pulls.get(pull)).data.head.sha, pushed.data.commit.sha);
      const moved = await refusal(ada.rest.pulls.merge({ ...pull, sha: main }));
      assert.deepEqual(
        [moved.status, moved.message],
        [409, "Head branch was modified. Review and try the merge again."],
      );
      const merged = (await ada.rest.pulls.merge({ ...pull, merge_method: method })).data;
      assert.equal(merged.merged, true);
      const log = (await ada.rest.repos.listCommits(gitops)).data.map((commit) => commit.commit.message);
      const expected = {
        merge: ["Merge pull request #1 from vaarak/topic\n\nTopic", "Add other.txt"],
        squash: ["Topic (#1)\n\nwhy", "Add other.txt"],
        rebase: ["Add two.txt", "Add one.txt", "Add other.txt"],
      };
      if (method === "merge") assert.equal(log[0], expected.merge[0]);
      else assert.deepEqual(log.slice(0, expected[method].length), expected[method]);
      const files = (await ada.rest.git.getTree({ ...gitops, tree_sha: "main" })).data.tree.map(({ path }) => path);
      assert.deepEqual(files, ["README.md", "one.txt", "other.txt", "two.txt"]);
      assert.equal((await ada.rest.pulls.get(pull)).data.merged_by?.login, "ada");
      assert.equal((await refusal(ada.rest.pulls.merge(pull))).status, 405);
      await receiver.nth("pull_request", 3);
      const actions = receiver.received
        .filter(({ event }) => event === "pull_request")
        .map(({ payload }) => payload.action);
      assert.deepEqual(actions.sort(), ["closed", "opened", "synchronize"]);
    });
  }

  it("does not merge a conflict", async () => {
    const main = (await ada.rest.git.getRef({ ...gitops, ref: "heads/main" })).data.object.sha;
    await ada.rest.git.createRef({ ...gitops, ref: "refs/heads/topic", sha: main });
    for (const branch of ["main", "topic"]) {
      const file = { ...gitops, path: "same.txt", branch, message: "Add", content: base64(branch) };
      await ada.rest.repos.createOrUpdateFileContents(file);
    }
    const { data } = await ada.rest.pulls.create({ ...gitops, head: "topic", base: "main", title: "Conflict" });
    assert.deepEqual([data.mergeable, data.mergeable_state], [false, "dirty"]);
    for (const method of ["merge", "squash", "rebase"] as const) {
      const call = ada.rest.pulls.merge({ ...gitops, pull_number: data.number, merge_method: method });
      assert.deepEqual(await refusal(call).then(({ status, message }) => [status, message]), [
        405,
        "Pull Request has merge conflicts",
      ]);
    }
  });
});
