import * as pulumi from "@pulumi/pulumi";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";
import type { readCredentialArea } from "./read-credential";
import { area, type ConfigurationOf } from "./setting";
import { appKey, freeMap, githubId, list, secretUrl, text } from "./values";

const onAppsPage = "It is on the App's page on GitHub, under About.";

const USER = /^[a-z0-9]+(-[a-z0-9]+)*(_[a-z0-9]+)?$/i;
const OWNER_AND_NAME = /^[a-z0-9]+(-[a-z0-9]+)*\/(?!\.{1,2}$)[\w.-]{1,100}$/i;

/** The GitHub Apps, accounts and alerts of the repository's workflows. */
export const workflowAppsArea = area({
  bumpAppKey: {
    schema: appKey("bumpAppKey", "the GitHub App repository.bumpApp"),
    doc:
      "The private key of the GitHub App `repository.bumpApp`, for the repository's workflows. " +
      "Without it, people set it: `gh secret set BUMP_APP_KEY --env bump < key.pem`.",
    example: "pulumi config set --secret bumpAppKey < bump.private-key.pem",
    secret: true,
    owningStackOnly: true,
  },
  releaseAppKey: {
    schema: appKey("releaseAppKey", "the GitHub App repository.checksApp"),
    doc:
      "The private key of the GitHub App `repository.checksApp`, for the repository's workflows. Without it, people " +
      "set it: `gh secret set RELEASE_APP_KEY --env release < key.pem`, and add its public key to " +
      "`.github/gitops/allowed_signers`.",
    example: "pulumi config set --secret releaseAppKey < release.private-key.pem",
    secret: true,
    owningStackOnly: true,
  },
  releaseAlertsUrl: {
    schema: secretUrl("the URL to which workflows send alerts", "Run: pulumi config set --secret releaseAlertsUrl"),
    doc:
      "The URL, such as a Slack incoming webhook, to which workflows send alerts: about releases that wait for " +
      "approval, about break-glass, and about bumps that are refused. Without it, people can set it: " +
      "`gh secret set ALERTS_URL --env release`, and the same with `--env bump`.",
    default: "no alerts",
    example: "pulumi config set --secret releaseAlertsUrl",
    secret: true,
    owningStackOnly: true,
  },
  "repository.checksApp": {
    schema: githubId("the App ID of the platform's GitHub App", onAppsPage),
    doc: "The App ID of the release App: the only one whose checks count.",
    example: 1000001,
    owningStackOnly: true,
    required: {
      by: "owning stack",
      expected: "the App ID of the GitHub App whose checks count",
      fix: "Set it: otherwise anyone with write access could set the checks.",
    },
  },
  "repository.bumpApp": {
    schema: githubId("the App ID of the GitHub App that writes bumps", onAppsPage),
    doc:
      "The App ID of another App, as which workflows write bumps, promotions and rollbacks. " +
      "Without it, people set the variable `BUMP_APP_ID`.",
    example: 1000002,
    owningStackOnly: true,
    required: {
      by: ["bumpAppKey"],
      expected: "an App ID",
      fix: `Set it: workflows create a token from the key and the ID. ${onAppsPage}`,
    },
  },
  "repository.ciAccounts": {
    schema: list(
      { expected: "a list of logins", fix: "Write it as lines of - <login>." },
      text(
        {
          expected: "the login of an account that CI uses, without @",
          fix: "Write it as in github.com/<login>. An App is recognized by its suffix [bot] and needs no entry.",
        },
        (login) => USER.test(login),
      ),
    ),
    doc: "The logins of the accounts that CI uses. They may only request bumps of their own service.",
    default: "none",
    example: ["ci"],
    owningStackOnly: true,
  },
  "repository.serviceRepositories": {
    schema: freeMap(
      "service names",
      text({ expected: "a repository as <owner>/<name>", fix: "Write it as in github.com/<owner>/<name>." }, (name) =>
        OWNER_AND_NAME.test(name),
      ),
    ),
    doc: "The repository, as `<owner>/<name>`, whose CI bumps a service, by service.",
    default: "the repository that the service's image `ghcr.io/<owner>/<name>` is named after",
    example: { web: "vaarak/web-app" },
    owningStackOnly: true,
  },
});

type WorkflowConfiguration = ConfigurationOf<typeof workflowAppsArea & typeof readCredentialArea>;

/** A GitHub App as which workflows of the GitOps repository authenticate. */
export interface WorkflowApp {
  /**
   * Its purpose, and the name of the deployment environment that holds its key: `bump` proposes changes, `release` sets
   * the checks on them and records them.
   */
  readonly name: "bump" | "release";
  /** The App ID. Undefined: people set the workflows' variable. */
  readonly appId: number | undefined;
  /** The private key. Undefined: people set the workflows' secret. */
  readonly key: pulumi.Output<string> | undefined;
}

/** The workflow Apps from a checked configuration. */
export function workflowApps({ repository, bumpAppKey, releaseAppKey }: WorkflowConfiguration): WorkflowApp[] {
  const secret = (key: string | undefined) => (key === undefined ? undefined : pulumi.secret(key));
  return [
    { name: "bump", appId: repository?.bumpApp, key: secret(bumpAppKey) },
    { name: "release", appId: repository?.checksApp, key: secret(releaseAppKey) },
  ];
}

/** Checks that there are two different Apps with different keys, and that neither's key is in a cluster. */
export function checkWorkflowApps({ repository, bumpAppKey, releaseAppKey }: WorkflowConfiguration): Problem[] {
  if (!repository) return [];
  const { checksApp, bumpApp, reader } = repository;
  const problems: Problem[] = [];
  if (bumpApp !== undefined && bumpApp === checksApp) {
    problems.push({
      key: "repository.bumpApp",
      got: show(bumpApp),
      expected: "another App than repository.checksApp",
      fix: "Create a second App: one that both proposes changes and sets their checks could merge its own changes.",
    });
  }
  if (bumpAppKey !== undefined && bumpAppKey.trim() === releaseAppKey?.trim()) {
    const fix = "Use the .pem file of the bump App: each App has its own key.";
    problems.push({ key: "bumpAppKey", got: HIDDEN, expected: "another key than releaseAppKey", fix });
  }
  for (const [key, id] of Object.entries({ checksApp, bumpApp })) {
    if (id === undefined || id !== reader?.appId) continue;
    problems.push({
      key: "repository.reader.appId",
      got: show(id),
      expected: `another App than repository.${key}`,
      fix: "Create an App that can only read: its key is in the cluster, where a workflow's key must not be.",
    });
  }
  return problems;
}
