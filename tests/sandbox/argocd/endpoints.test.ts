import assert from "node:assert/strict";
import { argocdEndpoints } from "../../../sandbox/argocd/endpoints";
import { local } from "./fixtures";

describe("sandbox/argocd/endpoints", () => {
  it("says where Argo CD answers, and where webhooks go", () => {
    assert.deepEqual(argocdEndpoints(local.ports), {
      server: "http://127.0.0.1:1004",
      webhook: "http://127.0.0.1:1004/api/webhook",
    });
  });
});
