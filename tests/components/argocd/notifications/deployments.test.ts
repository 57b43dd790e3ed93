import assert from "node:assert/strict";
import {
  deploymentConditions,
  deploymentTemplates,
} from "@gitops-platform/components/argocd/notifications/deployments";

// Tests what Argo CD is configured to write to GitHub. The end-to-end tests evaluate the conditions with Argo CD
// itself.

describe("deployments on GitHub", () => {
  const repository = { owner: "vaarak", name: "gitops" };
  const app = { appId: 7, installationId: 99, apiUrl: undefined, repository };
  const templates = deploymentTemplates({ environment: "staging", url: "https://argocd.example" }, app);

  it("record the synced commit of one service in one environment, and require no checks and no merge", () => {
    assert.deepEqual(templates["deployment-succeeded"], {
      message: "Synced and Healthy.",
      github: {
        // No revisionPath and no reference: Argo CD uses operationState.syncResult.revision for both by default.
        repoURLPath: "https://github.com/vaarak/gitops",
        deployment: {
          state: "success",
          environment: "staging/{{.app.metadata.name}}",
          logURL: "https://argocd.example/applications/{{.app.metadata.name}}",
          requiredContexts: [],
          autoMerge: false,
        },
      },
    });
  });

  it("have a template for each state, and report no state without a commit", () => {
    const conditions = deploymentConditions();
    assert.deepEqual(
      conditions.flatMap(({ send }) => send),
      Object.keys(templates),
    );
    for (const { when, oncePer } of conditions) {
      assert.match(
        when,
        /^app\.metadata\.name != 'catalogue' and \(app\.status.*\?\.syncResult\?\.revision \?\? ''\) != '' and /,
      );
      assert.match(oncePer ?? "", /^\(app\.status\?\.operationState\?\.syncResult\?\.revision \?\? ''\)/);
    }
  });

  it("end in success, or in failure for a failed sync and for a Degraded service", () => {
    const states = Object.entries(templates).map(([name, template]) => {
      const { github } = template as { github: { deployment: { state: string } } };
      return [name, github.deployment.state];
    });
    assert.deepEqual(Object.fromEntries(states), {
      "deployment-started": "in_progress",
      "deployment-succeeded": "success",
      "deployment-degraded": "failure",
      "deployment-failed": "failure",
    });
  });
});
