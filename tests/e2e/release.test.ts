import assert from "node:assert/strict";
import { join } from "node:path";
import { parseManifest } from "@gitops-platform/components/argocd/manifest";
import { checkParameters, PLATFORM_PARAMETERS } from "@gitops-platform/components/argocd/parameters";
import { HIGH_AVAILABILITY, STANDARD } from "@gitops-platform/components/argocd/release";
import { defaultSources, readManifest } from "@gitops-platform/components/argocd/sources";
import { installation } from "@gitops-platform/components/argocd/installation";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";

// Uses the published manifests, which the sandbox's tools include. It needs no cluster.

describe("the pinned release of Argo CD", () => {
  const files = [
    { pinned: STANDARD, objects: 60, workloads: 7 },
    { pinned: HIGH_AVAILABILITY, objects: 71, workloads: 8 },
  ];
  for (const { pinned, objects, workloads } of files) {
    it(`${pinned.file} has ${objects} objects, and reads every parameter that the platform sets`, async () => {
      const { data } = await ensureTools();
      const manifest = parseManifest(await readManifest(pinned, join(data, "argocd", pinned.file), defaultSources()));
      assert.equal(manifest.length, objects);
      assert.deepEqual(checkParameters(PLATFORM_PARAMETERS, manifest), []);
      const settings = {
        environment: "dev",
        delivery: { sync: "auto", drift: "heal" },
        url: undefined,
        notifications: undefined,
        parameters: {},
      } as const;
      const made = installation(manifest, settings);
      assert.equal(made.definitions.length, 3);
      assert.equal(made.workloads.length, workloads);
      assert.equal(made.prerequisites.length, objects - 3 - workloads);
    });
  }
});
