import assert from "node:assert/strict";
import { parseManifest } from "../../../components/argocd/manifest";
import { checkParameters, PLATFORM_PARAMETERS } from "../../../components/argocd/parameters";
import { HIGH_AVAILABILITY, STANDARD } from "../../../components/argocd/release";
import { defaultPlaces, readManifest } from "../../../components/argocd/sources";
import { installation } from "../../../components/argocd/installation";

// On the published files, where this machine has them; a machine that does not shows these tests as pending.

describe("the pinned release", () => {
  const offline = { ...defaultPlaces(), download: () => Promise.reject(new Error("tests use no network")) };
  const files = [
    { pinned: STANDARD, objects: 60, workloads: 7 },
    { pinned: HIGH_AVAILABILITY, objects: 71, workloads: 8 },
  ];
  for (const { pinned, objects, workloads } of files) {
    it(`${pinned.file} has ${objects} objects, and reads every parameter that the platform sets`, async function () {
      this.timeout(20_000);
      const text = await readManifest(pinned, undefined, offline).catch(() => undefined);
      if (text === undefined) return this.skip();
      const manifest = parseManifest(text);
      assert.equal(manifest.length, objects);
      assert.deepEqual(checkParameters(PLATFORM_PARAMETERS, manifest), []);
      const settings = {
        delivery: { sync: "auto", drift: "heal" },
        url: undefined,
        notifications: undefined,
        parameters: {},
      } as const;
      const made = installation(manifest, settings);
      assert.equal(made.definitions.length, 3);
      assert.equal(made.workloads.length, workloads);
      assert.equal(made.surroundings.length, objects - 3 - workloads);
    });
  }
});
