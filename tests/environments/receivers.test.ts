import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkNotifications } from "@gitops-platform/environments/settings/notifications";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { checkReceivers, receivers, receiversArea } from "@gitops-platform/environments/settings/receivers";
import { missingSettings } from "@gitops-platform/environments/settings/requirements";
import { formatProblem } from "@gitops-platform/contract/problems";
import { raw } from "@gitops-platform/test-support/stack";

const workflow = "https://prod-7.westeurope.api.powerplatform.com/workflows/1?sig=s3cr3t";
const email = { host: "smtp.example", username: "argocd", from: "argocd@vaarak.example" };
const team = { services: ["api"] };

function messages(values: Record<string, unknown>): string[] {
  const { configuration, problems } = parseConfiguration(raw(values));
  const missing = missingSettings(receiversArea, configuration, { given: new Set(), owns: false });
  return [...problems, ...checkReceivers(configuration), ...missing].map(formatProblem);
}

describe("the settings of receivers", () => {
  it("are none by default", () => {
    assert.deepEqual(receivers({}).receivers, { microsoftTeams: undefined, pagerDuty: undefined, email: undefined });
    assert.deepEqual(receivers({}).teamAlerts, []);
    assert.equal(receivers({}).smtp, undefined);
  });

  it("have the names in the stack's file, and the secrets as Pulumi secrets", async () => {
    const values = {
      argocd: {
        microsoftTeams: "platform",
        pagerDuty: "platform",
        email: { ...email, to: ["ops@vaarak.example"] },
        teamAlerts: { checkout: { ...team, pagerDuty: "checkout", email: ["checkout@vaarak.example"] } },
      },
      microsoftTeamsUrls: { platform: workflow },
      pagerDutyKeys: { platform: "key-1", checkout: "key-2" },
      smtpPassword: "correct horse",
    };
    assert.deepEqual(messages(values), []);
    const made = receivers(parseConfiguration(raw(values)).configuration);
    assert.deepEqual(made.receivers, {
      microsoftTeams: "platform",
      pagerDuty: "platform",
      email: ["ops@vaarak.example"],
    });
    assert.deepEqual(made.smtp, { ...email, port: 465 });
    assert.deepEqual(made.teamAlerts, [{ ...team, pagerDuty: "checkout", email: ["checkout@vaarak.example"] }]);
    const { microsoftTeamsUrls, pagerDutyKeys, smtpPassword } = made.receiverSecrets;
    const secrets = [...Object.values(microsoftTeamsUrls), ...Object.values(pagerDutyKeys), smtpPassword];
    assert.equal(secrets.length, 4);
    for (const secret of secrets) assert.equal(await pulumi.isSecret(secret ?? assert.fail()), true);
  });

  it("count as a receiver with drift: alert, but a server without receivers does not", () => {
    const alert = { sync: "auto", drift: "alert" } as const;
    assert.deepEqual(checkNotifications({ argocd: { pagerDuty: "platform" } }, alert), []);
    assert.deepEqual(checkNotifications({ argocd: { email: { ...email, to: ["a@b.example"] } } }, alert), []);
    assert.equal(checkNotifications({ argocd: { email } }, alert).length, 1);
  });

  it("may be those of a service of the catalogue, which the stack does not declare", () => {
    const teamAlerts = { shop: { services: ["web"], microsoftTeams: "shop" } };
    assert.deepEqual(messages({ argocd: { teamAlerts }, microsoftTeamsUrls: { shop: workflow } }), []);
  });

  const workflowRule =
    "expected the URL of a workflow at api.powerautomate.com, api.powerplatform.com or flow.microsoft.com. " +
    "Argo CD posts to no other: create the workflow again, because older URLs are retired.";
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    [
      "a name without its secret",
      { argocd: { microsoftTeams: "ops", teamAlerts: { checkout: { ...team, pagerDuty: "checkout" } } } },
      [
        'argocd.microsoftTeams: got "ops"; expected a name in microsoftTeamsUrls. ' +
          "Run: pulumi config set --secret --path microsoftTeamsUrls.ops",
        'argocd.teamAlerts.checkout.pagerDuty: got "checkout"; expected a name in pagerDutyKeys. ' +
          "Run: pulumi config set --secret --path pagerDutyKeys.checkout",
      ],
    ],
    [
      "a secret that nothing uses",
      { argocd: { pagerDuty: "platform" }, pagerDutyKeys: { platform: "k", platfrom: "k" } },
      ["pagerDutyKeys.platfrom: got a value; expected a name that a receiver uses. Did you mean platform?"],
    ],
    [
      "a secret by the name of a method of every object",
      { argocd: { pagerDuty: "constructor" } },
      [
        'argocd.pagerDuty: got "constructor"; expected a name in pagerDutyKeys. ' +
          "Run: pulumi config set --secret --path pagerDutyKeys.constructor",
      ],
    ],
    [
      "the URL of a retired connector",
      { argocd: { microsoftTeams: "a" }, microsoftTeamsUrls: { a: "https://vaarak.webhook.office.com/webhookb2/1" } },
      [
        `microsoftTeamsUrls.a: got a secret value; ${workflowRule}`,
        'argocd.microsoftTeams: got "a"; expected a name in microsoftTeamsUrls. ' +
          "Run: pulumi config set --secret --path microsoftTeamsUrls.a",
      ],
    ],
    [
      "a name that would end the subscription",
      { argocd: { pagerDuty: "a:b" } },
      [
        'argocd.pagerDuty: got "a:b"; expected a name of lower-case letters, digits and hyphens, at most 42. ' +
          "Choose a name: it is only used here.",
      ],
    ],
    [
      "a team with the name of something that can be no service",
      { argocd: { teamAlerts: { checkout: { services: ["Web Shop"], pagerDuty: "checkout" } } } },
      [
        'argocd.teamAlerts.checkout.services[0]: got "Web Shop"; expected at most 53 lower-case letters, digits and ' +
          "hyphens, a letter first, no hyphen last. Kubernetes and Helm accept no other names for a service.",
      ],
    ],
    [
      "receivers of e-mails without an address",
      {
        argocd: { email: { ...email, to: [] }, teamAlerts: { checkout: { ...team, email: [] } } },
        smtpPassword: "correct horse",
      },
      [
        "argocd.email.to: got []; expected at least one e-mail address. Name one, or remove the list: " +
          "it reaches nobody.",
        "argocd.teamAlerts.checkout.email: got []; expected at least one e-mail address. " +
          "Name one, or remove the list: it reaches nobody.",
        "argocd.email: got nothing; expected an SMTP server if smtpPassword is set. Set both, or remove the password.",
      ],
    ],
    [
      "a team without receivers",
      { argocd: { teamAlerts: { checkout: team } } },
      [
        "argocd.teamAlerts.checkout: got no receiver; expected at least one of slack, microsoftTeams, " +
          "pagerDuty and email. Set one, or remove the team: nobody would get its alerts.",
      ],
    ],
    [
      "a team's channel without the app that posts to it",
      { argocd: { teamAlerts: { checkout: { ...team, slack: "checkout", email: ["a@b.example"] } } } },
      [
        'argocd.teamAlerts.checkout.slack: got "checkout"; expected nothing without argocd.slack. ' +
          "Set argocd.slack, too: it sends to every receiver of this kind.",
        'argocd.teamAlerts.checkout.email: got ["a@b.example"]; expected nothing without argocd.email. ' +
          "Set argocd.email, too: it sends to every receiver of this kind.",
      ],
    ],
    [
      "a server without its password",
      { argocd: { email } },
      ["smtpPassword: got nothing; expected a value if argocd.email is set. Set both, or remove the server."],
    ],
    [
      "a server by a port without encryption",
      { argocd: { email: { ...email, port: 25 } }, smtpPassword: "x" },
      [
        "argocd.email.port: got 25; expected 465 or 587. Remove it for 465, where everything is encrypted.",
        "argocd.email: got nothing; expected an SMTP server if smtpPassword is set. Set both, or remove the password.",
      ],
    ],
    [
      "several addresses in one",
      { argocd: { email: { ...email, to: ["a@b.example,c@d.example"] } } },
      [
        'argocd.email.to[0]: got "a@b.example,c@d.example"; expected one e-mail address, ' +
          "such as on-call@vaarak.example. Write several as a list.",
      ],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`refuse ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }
});
