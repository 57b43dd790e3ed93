/**
 * The receivers of notifications: what Argo CD's own program sends or renders for them, and the names of options in the
 * source of its notifications engine. It needs the tools, but no cluster.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { SMTP_PASSWORD_KEY, workflowKey } from "@gitops-platform/components/argocd/notifications/receivers";
import { notificationSettings } from "@gitops-platform/components/argocd/notifications/settings";
import { RELEASES } from "@gitops-platform/components/argocd/release";
import { Go } from "@gitops-platform/sandbox/tools/go";
import { argocdModule } from "@gitops-platform/sandbox/tools/loopback-source";
import { planBuild } from "@gitops-platform/sandbox/tools/plan";
import { paths } from "./support/platform";

const ENGINE = "github.com/argoproj/notifications-engine";

/** The file of the engine that reads the options and the template of each service. */
const SOURCES: Readonly<
  Record<string, { readonly file: string; readonly options: string; readonly template: string }>
> = {
  email: { file: "email.go", options: "EmailOptions", template: "EmailNotification" },
  pagerdutyv2: { file: "pagerdutyv2.go", options: "PagerDutyV2Options", template: "PagerDutyV2Notification" },
  "teams-workflows": {
    file: "teams-workflows.go",
    options: "TeamsWorkflowsOptions",
    template: "TeamsWorkflowsNotification",
  },
};

const failed = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "api", namespace: "argocd" },
  spec: { source: { targetRevision: "refs/heads/main" } },
  status: {
    sync: { status: "OutOfSync", revision: "4b825dc642cb6eb9a060e54bf8d69288fbee4904" },
    health: { status: "Healthy" },
    operationState: {
      phase: "Failed",
      startedAt: "2026-01-02T03:04:00Z",
      finishedAt: "2026-01-02T03:04:05Z",
      message: 'a "quoted"\n[reason](https://evil.example) <here>',
      syncResult: { revision: "4b825dc642cb6eb9a060e54bf8d69288fbee4904" },
    },
  },
};
const REASON = 'a "quoted"\n[reason](https://evil.example) <here>';

describe("the receivers of notifications", function () {
  this.timeout(240_000);
  let folder = "";
  let data: Record<string, string> = {};
  const received: { readonly url: string | undefined; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ url: request.url, body });
      response.writeHead(202).end();
    });
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "receivers-"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/powerautomate/triggers?sig=s3cr3t`;
    data = notificationSettings({
      environment: "dev",
      delivery: { sync: "auto", drift: "heal" },
      url: "https://argocd.example",
      notifications: undefined,
      smtp: { host: "smtp.example", port: 465, username: "argocd", from: "argocd@vaarak.example" },
      receivers: { microsoftTeams: "platform", pagerDuty: "platform", email: ["ops@vaarak.example"] },
    });
    const write = (kind: string, name: string, content: object) =>
      writeFile(join(folder, `${kind}.yaml`), stringify({ apiVersion: "v1", kind, metadata: { name }, ...content }));
    await write("ConfigMap", "argocd-notifications-cm", { data });
    const stringData = { [workflowKey("platform")]: url, [SMTP_PASSWORD_KEY]: "pw" };
    await write("Secret", "argocd-notifications-secret", { stringData });
    await writeFile(join(folder, "application.yaml"), stringify(failed));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await rm(folder, { recursive: true });
  });

  async function notify(recipient: string): Promise<string> {
    const { stdout } = await execa(
      join(paths.bin, "argocd"),
      [
        ...["admin", "notifications", "template", "notify", "sync-failing", join(folder, "application.yaml")],
        ...["--config-map", join(folder, "ConfigMap.yaml"), "--secret", join(folder, "Secret.yaml")],
        ...["--recipient", recipient],
      ],
      { env: { KUBECONFIG: paths.environments.dev.kubeconfig } },
    );
    return stdout;
  }

  it("in Microsoft Teams get a card without links that an error's text could add", async () => {
    await notify("teams-workflows:platform");
    const [{ url, body } = { url: "", body: "" }] = received;
    assert.equal(url, "/powerautomate/triggers?sig=s3cr3t");
    const run = (text: string, more = {}) => ({ type: "RichTextBlock", inlines: [{ type: "TextRun", text, ...more }] });
    assert.deepEqual(JSON.parse(body), {
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            type: "AdaptiveCard",
            version: "1.4",
            body: [
              run("dev/api: cannot be deployed", { size: "Large", weight: "Bolder" }),
              run(`4b825dc cannot be deployed: ${REASON}`),
              run("Fix it in Git, or roll back. Until then, what is running stays unchanged."),
            ],
            actions: [
              {
                type: "Action.OpenUrl",
                title: "Open it in Argo CD",
                url: "https://argocd.example/applications/api",
              },
            ],
          },
        },
      ],
    });
  });

  it("by e-mail and in PagerDuty get the same text, with a heading and a severity", async () => {
    // The program prints the whole message for this receiver.
    const { message, email, pagerdutyv2 } = parse(await notify("console:stdout")) as Record<string, unknown>;
    assert.match(String(message), /^dev\/api: 4b825dc cannot be deployed: a "quoted"\n/);
    assert.deepEqual(email, { subject: "dev/api: cannot be deployed" });
    assert.deepEqual(pagerdutyv2, {
      summary: `dev/api: cannot be deployed. 4b825dc cannot be deployed: ${REASON}`,
      severity: "error",
      source: "dev",
      component: "api",
      class: "sync-failing",
      url: "https://argocd.example/applications/api",
      dedupKey: "dev/api/sync-failing",
    });
  });

  for (const version of Object.keys(RELEASES)) {
    it(`have only options and fields that the notifications engine of Argo CD ${version} reads`, async () => {
      const folder = await engineOf(version);
      for (const [service, { file, options, template }] of Object.entries(SOURCES)) {
        const code = readFileSync(join(folder, "pkg/services", file), "utf8");
        const own = parse(data[`service.${service}`] ?? assert.fail(service)) as object;
        assert.deepEqual(unread(own, fieldsOf(code, options)), [], service);
        for (const key of Object.keys(data).filter((each) => each.startsWith("template."))) {
          const parts = parse(data[key] ?? "") as Record<string, object>;
          assert.deepEqual(unread(parts[service] ?? assert.fail(key), fieldsOf(code, template)), [], key);
        }
        const services = readFileSync(join(folder, "pkg/services/services.go"), "utf8");
        assert.ok(services.includes(`case "${service}":`) && services.includes(`json:"${service},omitempty"`), service);
      }
    });
  }

  /** The source of the engine that a release is built with. */
  async function engineOf(version: string): Promise<string> {
    const go = new Go(planBuild());
    const download = async (module: string) =>
      (JSON.parse(await go.run(["mod", "download", "-json", module])) as { Dir: string }).Dir;
    const requirements = readFileSync(join(await download(`${argocdModule}@v${version}`), "go.mod"), "utf8");
    const [, engine = ""] = new RegExp(`^\\s*${ENGINE} (\\S+)`, "m").exec(requirements) ?? assert.fail();
    return download(`${ENGINE}@${engine}`);
  }

  const unread = (value: object, fields: readonly string[]) =>
    Object.keys(value).filter((key) => !fields.includes(key));

  /** The JSON names of a Go struct's fields. */
  function fieldsOf(code: string, struct: string): string[] {
    const [, body = ""] = new RegExp(`^type ${struct} struct \\{([^}]*)\\}`, "m").exec(code) ?? assert.fail(struct);
    return Array.from(body.matchAll(/json:"(\w+)[",]/g), ([, name = ""]) => name);
  }
});
