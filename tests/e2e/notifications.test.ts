/** What people are told, judged and written by Argo CD's own program. It needs the tools, but no cluster. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { stringify } from "yaml";
import { notificationSettings, TOKEN_KEY } from "../../components/argocd/notifications";
import { paths } from "./support/platform";

const REVISION = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const OLDER = "f1d7a23c642cb6eb9a060e54bf8d69288fbee490";

/** The status of an Application that was synced to `REVISION`, with some of it changed. */
function status(sync: string, operationState?: Record<string, unknown>) {
  const synced = { phase: "Succeeded", finishedAt: "2026-01-02T03:04:05Z", syncResult: { revision: REVISION } };
  return {
    sync: { status: sync, revision: REVISION },
    ...(operationState && { operationState: { ...synced, ...operationState } }),
  };
}

const triggers = ["on-drift-found", "on-drift-healed", "on-out-of-sync", "on-sync-failing"];
const cases: [when: string, status: object, fired: string[]][] = [
  ["it runs what Git says", status("Synced", {}), []],
  ["nothing was synced yet", status("OutOfSync"), ["on-out-of-sync"]],
  ["somebody edited it", status("OutOfSync", {}), ["on-drift-found", "on-out-of-sync"]],
  ["a new commit waits", status("OutOfSync", { syncResult: { revision: OLDER } }), ["on-out-of-sync"]],
  ["a sync runs", status("OutOfSync", { phase: "Running" }), ["on-out-of-sync"]],
  [
    "an edit was reverted",
    status("Synced", { operation: { sync: { autoHealAttemptsCount: 1 } } }),
    ["on-drift-healed"],
  ],
  ["a sync was retried twice", status("OutOfSync", { phase: "Running", retryCount: 2 }), ["on-out-of-sync"]],
  [
    "a sync was retried three times",
    status("OutOfSync", { phase: "Running", retryCount: 3 }),
    ["on-out-of-sync", "on-sync-failing"],
  ],
  ["a sync failed", status("OutOfSync", { phase: "Failed" }), ["on-out-of-sync", "on-sync-failing"]],
];

describe("notifications", () => {
  let folder = "";
  const received: { authorization: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ authorization: request.headers.authorization, body });
      response.end();
    });
  });
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "notifications-"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const data = notificationSettings({
      delivery: { sync: "manual", drift: "alert" },
      url: "https://argocd.example",
      notifications: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, token: true },
    });
    await write("ConfigMap", "argocd-notifications-cm", { data });
    await write("Secret", "argocd-notifications-secret", { stringData: { [TOKEN_KEY]: "t0k3n" } });
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await rm(folder, { recursive: true });
  });

  async function write(kind: string, name: string, content: object): Promise<void> {
    const object = { apiVersion: "v1", kind, metadata: { name }, ...content };
    await writeFile(join(folder, `${kind}.yaml`), stringify(object));
  }

  /** Asks Argo CD about an Application in that state. */
  async function notifications(status: object, ...args: string[]): Promise<string> {
    const object = join(folder, "application.yaml");
    const metadata = { name: "api", namespace: "argocd" };
    await writeFile(
      object,
      stringify({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec: {}, status }),
    );
    const settings = ["--config-map", join(folder, "ConfigMap.yaml"), "--secret", join(folder, "Secret.yaml")];
    const [noun = "", verb = "", name = "", ...more] = args;
    const { stdout } = await execa(
      join(paths.bin, "argocd"),
      ["admin", "notifications", noun, verb, name, object, ...settings, ...more],
      { env: { KUBECONFIG: paths.environments.dev.kubeconfig } },
    );
    return stdout;
  }

  for (const [when, state, fired] of cases) {
    it(`tell by ${fired.join(" and ") || "nothing"} when ${when}`, async () => {
      const found: string[] = [];
      for (const trigger of triggers) {
        if (/ true$/m.test(await notifications(state, "trigger", "run", trigger))) found.push(trigger);
      }
      assert.deepEqual(found, fired);
    });
  }

  it("reach the webhook as JSON, with its token: the service, what happened and where to look", async () => {
    const failed = status("OutOfSync", { phase: "Failed", message: 'a "quoted"\nreason' });
    await notifications(failed, "template", "notify", "sync-failing", "--recipient", "platform:");
    assert.deepEqual(
      received.map(({ authorization, body }) => ({ authorization, body: JSON.parse(body) as unknown })),
      [
        {
          authorization: "Bearer t0k3n",
          body: {
            text: `api: ${REVISION} cannot be deployed: a "quoted"\nreason https://argocd.example/applications/api`,
          },
        },
      ],
    );
  });
});
