import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultPlaces, readManifest, type Places } from "../../../components/argocd/sources";

// Proves the order of the places and that no other content passes. It does not prove the download itself.

describe("Argo CD's manifest", () => {
  const text = "kind: Namespace\n";
  const sha256 = createHash("sha256").update(text).digest("hex");
  const pinned = { file: "ha/install.yaml", sha256 };
  const wrong = createHash("sha256").update("other").digest("hex");
  let folder: string;
  let downloads: string[];
  let places: Places;
  let cached: string;
  let inModule: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
    downloads = [];
    places = {
      cache: join(folder, "cache"),
      moduleCache: join(folder, "mod"),
      download: (url) => {
        downloads.push(url);
        return Promise.resolve(text);
      },
    };
    cached = join(places.cache, "argocd-3.6.1/ha/install.yaml");
    inModule = join(places.moduleCache, "github.com/argoproj/argo-cd/v3@v3.6.1/manifests/ha/install.yaml");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(file: string, content: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  it("comes from the named file, and from nowhere else then", async () => {
    const named = join(folder, "install.yaml");
    write(named, text);
    assert.equal(await readManifest(pinned, named, places), text);
    write(named, "other");
    write(cached, text);
    await assert.rejects(readManifest(pinned, named, places), {
      message:
        `argocd.manifest: got "${named}" with SHA-256 ${wrong}; expected ha/install.yaml of Argo CD 3.6.1, ` +
        `SHA-256 ${sha256}. Use the file of that release, unchanged; ha/install.yaml goes with argocd.highAvailability: true.`,
    });
    assert.deepEqual(downloads, []);
  });

  it("is missed where the named file is not there", async () => {
    await assert.rejects(readManifest(pinned, "/nowhere/install.yaml", places), {
      message:
        'argocd.manifest: got "/nowhere/install.yaml"; expected a file that exists. ' +
        "Set the path of the release's manifest, or remove argocd.manifest to look for it.",
    });
  });

  for (const place of ["cache", "module"] as const) {
    it(`comes from the ${place} without a download`, async () => {
      write(place === "cache" ? cached : inModule, text);
      assert.equal(await readManifest(pinned, undefined, places), text);
      assert.deepEqual(downloads, []);
    });
  }

  it("is downloaded past files with other content, and kept", async () => {
    write(cached, "half of it");
    write(inModule, "other");
    assert.equal(await readManifest(pinned, undefined, places), text);
    assert.deepEqual(downloads, [
      "https://raw.githubusercontent.com/argoproj/argo-cd/v3.6.1/manifests/ha/install.yaml",
    ]);
    assert.equal(readFileSync(cached, "utf8"), text);
  });

  it("is refused where the download has other content, and not kept", async () => {
    const refused = readManifest(pinned, undefined, { ...places, download: () => Promise.resolve("other") });
    await assert.rejects(refused, { message: new RegExp(`got https://.*${wrong}; expected .*${sha256}`) });
    assert.throws(() => readFileSync(cached));
  });

  it("says where it looked when it is nowhere", async () => {
    const refused = readManifest(pinned, undefined, {
      ...places,
      download: () => Promise.reject(new Error("offline")),
    });
    await assert.rejects(refused, {
      message:
        "argocd.manifest: got nothing, and https://raw.githubusercontent.com/argoproj/argo-cd/v3.6.1/manifests/ha/install.yaml " +
        "gave none (offline); expected ha/install.yaml of Argo CD 3.6.1. " +
        "Fetch that file on a machine that reaches it, and set argocd.manifest to its path.",
    });
  });

  it("is looked for where XDG and Go keep such files", () => {
    const { cache, moduleCache } = defaultPlaces({ XDG_CACHE_HOME: "/c", GOPATH: "/go" });
    assert.deepEqual({ cache, moduleCache }, { cache: "/c/gitops-platform", moduleCache: "/go/pkg/mod" });
    assert.equal(defaultPlaces({ GOMODCACHE: "/mod", GOPATH: "/go" }).moduleCache, "/mod");
  });
});
