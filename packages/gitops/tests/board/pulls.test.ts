import assert from "node:assert/strict";
import { PullContents } from "../../board/sources/pulls";
import { Clone } from "../../git/clone";
import type { WaitingPull } from "../../status/model";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const API = "environments/staging/api.yaml";
const values = (tag: string) => `image:\n  repository: r\n  tag: ${tag}\n`;

describe("the content of pull requests", () => {
  let local: LocalRepository;
  beforeEach(() => {
    local = new LocalRepository();
  });
  afterEach(() => {
    local.remove();
  });

  it("is read once for each state of the pull request and of its base", async () => {
    local.commit({ [API]: values("v1") });
    local.git("update-ref", "refs/remotes/origin/main", "HEAD");
    const commit = local.commit({ [API]: values("v2") });
    const clone = Clone.at(local.folder);
    let compared = 0;
    const git = clone.git.bind(clone);
    clone.git = (...args) => {
      compared += args[0] === "merge-base" ? 1 : 0;
      return git(...args);
    };
    const contents = new PullContents(clone);
    const pull = { base: "main", commit } as WaitingPull;
    const changes = [{ environment: "staging", service: "api", image: "v2" }];
    for (let look = 0; look < 3; look += 1) assert.deepEqual(await contents.read([pull]), [{ pull, changes }]);
    assert.equal(compared, 1);
    local.git("update-ref", "refs/remotes/origin/main", local.commit({ other: "x" }));
    await contents.read([pull]);
    assert.equal(compared, 2);
    await contents.read([]);
    await contents.read([pull]);
    assert.equal(compared, 3);
  });
});
