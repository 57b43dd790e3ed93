import assert from "node:assert/strict";
import { argocdEndpoints } from "../../argocd/endpoints";
import { local } from "./fixtures";

describe("sandbox/argocd/endpoints", () => {
  it("returns the URLs of Argo CD and its webhook", () => {
    assert.deepEqual(argocdEndpoints(local.ports), {
      server: "http://127.0.0.1:1004",
      webhook: "http://127.0.0.1:1004/api/webhook",
    });
  });
});
