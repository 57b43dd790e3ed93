/**
 * The notifications to people and GitHub, evaluated and sent by Argo CD's own program. It needs the tools, but no
 * cluster.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { stringify } from "yaml";
import { APP_KEY, deploymentConditions } from "@gitops-platform/components/argocd/notifications/deployments";
import {
  notificationSettings,
  SLACK_TOKEN_KEY,
  TOKEN_KEY,
} from "@gitops-platform/components/argocd/notifications/settings";
import { paths } from "./support/platform";

const REVISION = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const OLDER = "f1d7a23c642cb6eb9a060e54bf8d69288fbee490";

/** An Application that was synced to `REVISION`, with changes. Without `operationState`, it was never synced. */
function application(
  sync: string,
  operationState?: Record<string, unknown>,
  { health = "Healthy", metadata = {} }: { health?: string; metadata?: object } = {},
) {
  const synced = { phase: "Succeeded", startedAt: "2026-01-02T03:04:00Z", finishedAt: "2026-01-02T03:04:05Z" };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "api", namespace: "argocd", ...metadata },
    spec: { source: { targetRevision: "refs/heads/main" } },
    status: {
      sync: { status: sync, revision: REVISION },
      health: { status: health, lastTransitionTime: "2026-01-02T03:04:09Z" },
      ...(operationState && { operationState: { ...synced, syncResult: { revision: REVISION }, ...operationState } }),
    },
  };
}

/** The same, but Kubernetes has refused the content of Git since a given time. */
function incomparable(since: Date) {
  const message = "NetworkPolicy is invalid";
  const condition = { type: "ComparisonError", message, lastTransitionTime: since.toISOString() };
  const object = application("Unknown", {});
  return { ...object, status: { ...object.status, conditions: [condition, { type: "OrphanedResourceWarning" }] } };
}

/** The same, but its spec follows something else. */
function following(spec: object) {
  return { ...application("Synced", {}), spec };
}

const trying = { phase: "Running", finishedAt: undefined };
const healed = { operation: { sync: { autoHealAttemptsCount: 1 } } };

const triggers = [
  "on-drift-found",
  "on-drift-healed",
  "on-out-of-sync",
  "on-sync-failing",
  "on-comparison-failing",
  "on-other-branch",
  "on-degraded",
];
const alerts: [when: string, application: object, fired: string[]][] = [
  ["it runs the state in Git", application("Synced", {}), []],
  ["it was never synced", application("OutOfSync"), ["on-out-of-sync"]],
  ["a person edited it", application("OutOfSync", {}), ["on-drift-found", "on-out-of-sync"]],
  [
    "a sync has ended, but was not compared since",
    application("OutOfSync", { finishedAt: new Date(Date.now() + 3_600_000).toISOString() }),
    ["on-out-of-sync"],
  ],
  ["a new commit waits", application("OutOfSync", { syncResult: { revision: OLDER } }), ["on-out-of-sync"]],
  ["a sync runs", application("OutOfSync", trying), ["on-out-of-sync"]],
  ["an edit was reverted", application("Synced", healed), ["on-drift-healed"]],
  [
    "a sync waits for its second retry",
    application("OutOfSync", { phase: "Running", retryCount: 2 }),
    ["on-out-of-sync"],
  ],
  [
    "a sync waits for its third retry",
    application("OutOfSync", { phase: "Running", retryCount: 3 }),
    ["on-out-of-sync", "on-sync-failing"],
  ],
  [
    "another commit is tried after three retries",
    application("OutOfSync", { ...trying, retryCount: 3 }),
    ["on-out-of-sync"],
  ],
  ["the commit was deployed after retries", application("Synced", { retryCount: 3 }), []],
  ["a sync failed", application("OutOfSync", { phase: "Failed" }), ["on-out-of-sync", "on-sync-failing"]],
  ["it could not be compared for a short time", incomparable(new Date(Date.now() + 3_600_000)), []],
  ["it could not be compared for a long time", incomparable(new Date(0)), ["on-comparison-failing"]],
  ["it follows a branch by its short name", following({ source: { targetRevision: "main" } }), ["on-other-branch"]],
  [
    "it has a second source",
    following({ source: { targetRevision: "refs/heads/main" }, sources: [{ targetRevision: "evil" }] }),
    ["on-other-branch"],
  ],
  ["it is Degraded", application("Synced", {}, { health: "Degraded" }), ["on-degraded"]],
  ["it is Suspended", application("Synced", {}, { health: "Suspended" }), ["on-degraded"]],
];

const told = (...keys: string[]) => ({
  annotations: {
    "notified.notifications.argoproj.io": JSON.stringify(Object.fromEntries(keys.map((key) => [key, 1]))),
  },
});
const deployments: [when: string, application: object, state: string[]][] = [
  ["no commit is known", application("OutOfSync", { ...trying, syncResult: undefined }), []],
  ["a sync runs", application("OutOfSync", trying), ["deployment-started"]],
  ["its pods are starting", application("Synced", {}, { health: "Progressing" }), ["deployment-started"]],
  ["an edit is being reverted", application("OutOfSync", { ...trying, ...healed }), []],
  ["it runs the commit", application("Synced", {}), ["deployment-succeeded"]],
  [
    "it runs the commit after a failure",
    application("Synced", {}, { metadata: told(`${REVISION} failed`) }),
    ["deployment-succeeded"],
  ],
  ["it runs with a live edit", application("OutOfSync", {}), []],
  ["it is Degraded", application("Synced", {}, { health: "Degraded" }), ["deployment-degraded"]],
  ["it is Suspended", application("Synced", {}, { health: "Suspended" }), ["deployment-degraded"]],
  [
    "a sync waits for its third retry",
    application("OutOfSync", { phase: "Running", retryCount: 3 }),
    ["deployment-failed"],
  ],
  ["a sync failed", application("OutOfSync", { phase: "Failed" }), ["deployment-failed"]],
];

interface Request {
  readonly call: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** The responses of GitHub and Slack. Every other path is the webhook's. */
const ANSWERS: Readonly<Record<string, object>> = {
  "POST /api/v3/app/installations/99/access_tokens": { token: "ghs_x", expires_at: "2999-01-01T00:00:00Z" },
  [`GET /api/v3/repos/vaarak/gitops/deployments?environment=dev%2Fapi&ref=${REVISION}`]: [],
  "POST /api/v3/repos/vaarak/gitops/deployments": { id: 5 },
  "POST /api/v3/repos/vaarak/gitops/deployments/5/statuses": { id: 6 },
  "POST /slack/chat.postMessage": { ok: true, channel: "C1", ts: "1.2" },
};

describe("notifications", () => {
  let folder = "";
  let data: Record<string, string> = {};
  let received: Request[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const call = `${request.method ?? ""} ${request.url ?? ""}`;
      received.push({ call, authorization: request.headers.authorization, body });
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(ANSWERS[call] ?? {}));
    });
  });
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "notifications-"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    data = notificationSettings({
      environment: "dev",
      delivery: { sync: "manual", drift: "alert" },
      url: "https://argocd.example",
      notifications: { url: `${url}/hook`, token: true },
      slack: { channel: "alerts" },
      deployments: {
        appId: 7,
        installationId: 99,
        apiUrl: `${url}/api/v3`,
        repository: { owner: "vaarak", name: "gitops" },
      },
    });
    data["service.slack"] = `${data["service.slack"] ?? ""}apiURL: ${url}/slack/\n`;
    await write("ConfigMap", "argocd-notifications-cm", { data });
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const stringData = { [TOKEN_KEY]: "t0k3n", [SLACK_TOKEN_KEY]: "xoxb-1", [APP_KEY]: key };
    await write("Secret", "argocd-notifications-secret", { stringData });
  });
  beforeEach(() => {
    received = [];
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

  /** Asks Argo CD about an Application. */
  async function notifications(object: object, ...args: string[]): Promise<string> {
    const file = join(folder, "application.yaml");
    await writeFile(file, stringify(object));
    const settings = ["--config-map", join(folder, "ConfigMap.yaml"), "--secret", join(folder, "Secret.yaml")];
    const [noun = "", verb = "", name = "", ...more] = args;
    const { stdout } = await execa(
      join(paths.bin, "argocd"),
      ["admin", "notifications", noun, verb, name, file, ...settings, ...more],
      { env: { KUBECONFIG: paths.environments.dev.kubeconfig } },
    );
    return stdout;
  }

  for (const [when, object, fired] of alerts) {
    it(`are sent by ${fired.join(" and ") || "no trigger"} if ${when}`, async () => {
      const found: string[] = [];
      for (const trigger of triggers) {
        if (/ true$/m.test(await notifications(object, "trigger", "run", trigger))) found.push(trigger);
      }
      assert.deepEqual(found, fired);
    });
  }

  for (const [when, object, states] of deployments) {
    it(`report ${states.join(" and ") || "nothing"} to GitHub if ${when}`, async () => {
      const [, ...results] = (await notifications(object, "trigger", "run", "on-deployment")).trim().split("\n");
      const templates = deploymentConditions().flatMap(({ send }) => send);
      assert.equal(results.length, templates.length);
      assert.deepEqual(
        templates.filter((_, index) => results[index]?.endsWith(" true")),
        states,
      );
    });
  }

  it("report success to GitHub once for each commit, and again after each of its failures", async () => {
    const [{ oncePer = "" } = {}] = deploymentConditions().filter(({ send }) => send.includes("deployment-succeeded"));
    // Argo CD's program does not print `oncePer`, so each expected value is tested as a condition.
    const key = async (expected: string, ...keys: string[]) => {
      const when = `(${oncePer}) == '${expected}'`;
      await write("ConfigMap", "argocd-notifications-cm", { data: { ...data, "trigger.key": stringify([{ when }]) } });
      return / true$/m.test(
        await notifications(application("Synced", {}, { metadata: told(...keys) }), "trigger", "run", "key"),
      );
    };
    const entry = (revision: string, state: string) => `${revision} ${state}:on-deployment:[2].x:github:`;
    assert.ok(await key(`${REVISION} after 0`));
    assert.ok(await key(`${REVISION} after 0`, entry(OLDER, "failed 2026"), entry(REVISION, "after 0")));
    assert.ok(await key(`${REVISION} after 2`, entry(REVISION, "failed 2026"), entry(REVISION, "failed 2027")));
  });

  const failed = application("OutOfSync", { phase: "Failed", message: 'a "quoted"\nreason <here>' });
  const advice = "Fix it in Git, or roll back. Until then, what is running stays unchanged.";

  it("are sent to the webhook as JSON with its token: service, event, advice and URL", async () => {
    await notifications(failed, "template", "notify", "sync-failing", "--recipient", "platform:");
    assert.deepEqual(
      received.map(({ body, ...request }) => ({ ...request, body: JSON.parse(body) as unknown })),
      [
        {
          call: "POST /hook",
          authorization: "Bearer t0k3n",
          body: {
            text:
              `dev/api: 4b825dc cannot be deployed: a "quoted"\nreason <here> ${advice} ` +
              "https://argocd.example/applications/api",
          },
        },
      ],
    );
  });

  it("explain why an Application cannot be compared", async () => {
    const object = incomparable(new Date(0));
    await notifications(object, "template", "notify", "comparison-failing", "--recipient", "platform:");
    const { text: said } = JSON.parse(received[0]?.body ?? "") as { text: string };
    assert.match(said, /^dev\/api: Argo CD cannot compare Git with the cluster: NetworkPolicy is invalid Fix/);
  });

  it("contain the health status of an unhealthy Application", async () => {
    const object = application("Synced", {}, { health: "Suspended" });
    await notifications(object, "template", "notify", "degraded", "--recipient", "platform:");
    const { text: said } = JSON.parse(received[0]?.body ?? "") as { text: string };
    assert.match(said, /^dev\/api: 4b825dc is deployed and is Suspended\. /);
  });

  it("are sent to the Slack channel as blocks", async () => {
    await notifications(failed, "template", "notify", "sync-failing", "--recipient", "slack:alerts");
    assert.deepEqual(
      received.map(({ call }) => call),
      ["POST /slack/chat.postMessage"],
    );
    const form = new URLSearchParams(received[0]?.body);
    assert.equal(form.get("channel"), "alerts");
    const blocks = JSON.parse(form.get("blocks") ?? "") as { type: string; text: { type: string; text: string } }[];
    assert.deepEqual(
      blocks.map(({ type, text }) => [type, text.type, text.text]),
      [
        ["header", "plain_text", "dev/api: cannot be deployed"],
        ["section", "plain_text", `4b825dc cannot be deployed: a "quoted"\nreason <here>\n${advice}`],
        ["section", "mrkdwn", "<https://argocd.example/applications/api|Open it in Argo CD>"],
      ],
    );
  });

  it("create a GitHub deployment of the synced commit, as the App", async () => {
    // The branch has a newer commit, but the synced commit is reported.
    const object = application("Synced", {});
    object.status.sync.revision = OLDER;
    await notifications(object, "template", "notify", "deployment-succeeded", "--recipient", "github");
    const [login, list, create, status] = received;
    assert.deepEqual(
      received.map(({ call }) => call),
      Object.keys(ANSWERS).filter((call) => call.includes("/api/v3/")),
    );
    assert.match(login?.authorization ?? "", /^Bearer eyJ/);
    for (const request of [list, create, status]) assert.equal(request?.authorization, "token ghs_x");
    assert.deepEqual(JSON.parse(create?.body ?? ""), {
      ref: REVISION,
      environment: "dev/api",
      auto_merge: false,
      required_contexts: [],
      transient_environment: false,
    });
    const { state, description, log_url, environment } = JSON.parse(status?.body ?? "") as Record<string, string>;
    assert.deepEqual([state, environment], ["success", "dev/api"]);
    assert.deepEqual([description, log_url], ["Synced and Healthy.", "https://argocd.example/applications/api"]);
  });
});
