import * as pulumi from "@pulumi/pulumi";
import { HIDDEN, show, type Problem } from "./problems";
import type { Configuration } from "./schema";

/** A GitHub App that workflows of the GitOps repository act as. */
export interface WorkflowApp {
  /**
   * What it is for, and the deployment environment that holds its key: `bump` proposes changes, `release` judges and
   * records them.
   */
  readonly name: "bump" | "release";
  /** Its App ID; undefined: people set the workflows' variable. */
  readonly appId: number | undefined;
  /** Its private key; undefined: people set the workflows' secret. */
  readonly key: pulumi.Output<string> | undefined;
}

/** The Apps of a configuration that was checked. */
export function workflowApps({ repository, bumpAppKey, releaseAppKey }: Configuration): WorkflowApp[] {
  const secret = (key: string | undefined) => (key === undefined ? undefined : pulumi.secret(key));
  return [
    { name: "bump", appId: repository?.bumpApp, key: secret(bumpAppKey) },
    { name: "release", appId: repository?.checksApp, key: secret(releaseAppKey) },
  ];
}

/** Checks that the Apps are two, each with its own key, and that neither's key is in a cluster. */
export function checkWorkflowApps({ repository, bumpAppKey, releaseAppKey }: Configuration): Problem[] {
  if (!repository) return [];
  const { checksApp, bumpApp, reader } = repository;
  const problems: Problem[] = [];
  if (bumpApp === undefined && bumpAppKey !== undefined) {
    problems.push({
      key: "repository.bumpApp",
      got: "nothing",
      expected: "an App ID beside bumpAppKey",
      fix: "Set it: workflows make a token of the key and the id. It is on the App's page on GitHub, under About.",
    });
  }
  if (bumpApp !== undefined && bumpApp === checksApp) {
    problems.push({
      key: "repository.bumpApp",
      got: show(bumpApp),
      expected: "another App than repository.checksApp",
      fix: "Make a second App: one that proposes changes and sets the checks on them could let its own in.",
    });
  }
  if (bumpAppKey !== undefined && bumpAppKey.trim() === releaseAppKey?.trim()) {
    const fix = "Take the .pem file of the bump App: a key is one App's.";
    problems.push({ key: "bumpAppKey", got: HIDDEN, expected: "another key than releaseAppKey", fix });
  }
  for (const [key, id] of Object.entries({ checksApp, bumpApp })) {
    if (id === undefined || id !== reader?.appId) continue;
    problems.push({
      key: "repository.reader.appId",
      got: show(id),
      expected: `another App than repository.${key}`,
      fix: "Make one that may only read: its key is in the cluster, where a workflow's key must not be.",
    });
  }
  return problems;
}
