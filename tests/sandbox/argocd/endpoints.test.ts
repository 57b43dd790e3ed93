import assert from "node:assert/strict";
import { argocdEndpoints, cliEnvironment, serverSettings, serverSettingsOf } from "../../../sandbox/argocd/endpoints";
import { local } from "./fixtures";

describe("sandbox/argocd/endpoints", () => {
  const cases: [string[], Record<string, string>, object][] = [
    [[], {}, { scheme: "https" }],
    [[], { ARGOCD_SERVER_INSECURE: "true" }, { scheme: "http" }],
    [[], { ARGOCD_SERVER_INSECURE: "no" }, { scheme: "https" }],
    [["--insecure"], {}, { scheme: "http" }],
    [["--insecure=false"], { ARGOCD_SERVER_INSECURE: "true" }, { scheme: "https" }],
    [["--insecure", "--insecure=false"], {}, { scheme: "https" }],
    [["--rootpath", "/argo/"], {}, { scheme: "https", rootPath: "argo" }],
    [["--rootpath=/a"], { ARGOCD_SERVER_ROOTPATH: "/b" }, { scheme: "https", rootPath: "a" }],
  ];
  for (const [args, env, settings] of cases) {
    it(`reads ${JSON.stringify([args, env])}`, () => {
      assert.deepEqual(serverSettings({ args, env }), settings);
    });
  }

  it("reads parameters before anything is installed", () => {
    assert.deepEqual(serverSettingsOf({}), { scheme: "https" });
    assert.deepEqual(serverSettingsOf({ "server.insecure": "true", "server.rootpath": "argo" }), {
      scheme: "http",
      rootPath: "argo",
    });
  });

  it("says where webhooks go", () => {
    assert.deepEqual(argocdEndpoints(local.ports, { scheme: "http", rootPath: "argo" }), {
      server: "http://127.0.0.1:1004/argo",
      webhook: "http://127.0.0.1:1004/argo/api/webhook",
      applicationSetWebhook: "http://127.0.0.1:1008/api/webhook",
    });
    assert.equal(argocdEndpoints(local.ports, { scheme: "https" }).webhook, "https://127.0.0.1:1004/api/webhook");
  });

  it("tells the argocd command how to connect", () => {
    assert.deepEqual(cliEnvironment(local.ports, { scheme: "https" }), {
      ARGOCD_SERVER: "127.0.0.1:1004",
      ARGOCD_OPTS: "--insecure",
    });
    assert.equal(
      cliEnvironment(local.ports, { scheme: "http", rootPath: "argo" }).ARGOCD_OPTS,
      "--plaintext --grpc-web-root-path /argo",
    );
  });
});
