import * as pulumi from "@pulumi/pulumi";
import { HIDDEN, show, type Problem } from "./problems";
import type { Configuration } from "./schema";

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
export function workflowApps({ repository, bumpAppKey, releaseAppKey }: Configuration): WorkflowApp[] {
  const secret = (key: string | undefined) => (key === undefined ? undefined : pulumi.secret(key));
  return [
    { name: "bump", appId: repository?.bumpApp, key: secret(bumpAppKey) },
    { name: "release", appId: repository?.checksApp, key: secret(releaseAppKey) },
  ];
}

/** Checks that there are two different Apps with different keys, and that neither's key is in a cluster. */
export function checkWorkflowApps({ repository, bumpAppKey, releaseAppKey }: Configuration): Problem[] {
  if (!repository) return [];
  const { checksApp, bumpApp, reader } = repository;
  const problems: Problem[] = [];
  if (bumpApp === undefined && bumpAppKey !== undefined) {
    problems.push({
      key: "repository.bumpApp",
      got: "nothing",
      expected: "an App ID if bumpAppKey is set",
      fix: "Set it: workflows create a token from the key and the ID. It is on the App's page on GitHub, under About.",
    });
  }
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
