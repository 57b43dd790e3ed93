import assert from "node:assert/strict";
import os from "node:os";
import { mock } from "node:test";
import { forProvider } from "@gitops-platform/environments/kubeconfig";

describe("the kubeconfig for the provider", () => {
  afterEach(() => {
    mock.restoreAll();
  });

  it("is the path, if HOME is the account's home folder", () => {
    mock.method(os, "userInfo", () => ({ homedir: os.homedir() }));
    assert.deepEqual(forProvider({ path: "~/.kube/config" }), { path: "~/.kube/config" });
  });

  it("is the path for a user without an account, whose HOME the provider uses, too", () => {
    mock.method(os, "userInfo", () => {
      throw new Error("uv_os_get_passwd returned ENOENT (no such file or directory)");
    });
    assert.deepEqual(forProvider({ path: "~/.kube/config" }), { path: "~/.kube/config" });
    assert.deepEqual(forProvider({ path: "/etc/kubeconfig" }), { path: "/etc/kubeconfig" });
  });
});
