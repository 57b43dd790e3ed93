import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultSources, readManifest, type ManifestSources } from "@gitops-platform/components/argocd/release";

// Tests the order of the sources, and that other content is refused. The download itself is not tested.

describe("Argo CD's manifest", () => {
  const text = "kind: Namespace\n";
  const sha256 = createHash("sha256").update(text).digest("hex");
  const pinned = { version: "3.6.1", file: "ha/install.yaml", sha256 };
  const wrong = createHash("sha256").update("other").digest("hex");
  let folder: string;
  let downloads: string[];
  let sources: ManifestSources;
  let cached: string;
  let inModule: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gitops-platform-"));
    downloads = [];
    sources = {
      cache: join(folder, "cache"),
      moduleCache: join(folder, "mod"),
      download: (url) => {
        downloads.push(url);
        return Promise.resolve(text);
      },
    };
    cached = join(sources.cache, "argocd-3.6.1/ha/install.yaml");
    inModule = join(sources.moduleCache, "github.com/argoproj/argo-cd/v3@v3.6.1/manifests/ha/install.yaml");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(file: string, content: string): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  it("comes only from the configured file, if there is one", async () => {
    const named = join(folder, "install.yaml");
    write(named, text);
    assert.equal(await readManifest(pinned, named, sources), text);
    write(named, "other");
    write(cached, text);
    await assert.rejects(readManifest(pinned, named, sources), {
      message:
        `argocd.manifest: got "${named}" with SHA-256 ${wrong}; expected ha/install.yaml of Argo CD 3.6.1, ` +
        `SHA-256 ${sha256}. Use the unchanged file of that release. ` +
        "With argocd.highAvailability: true it is ha/install.yaml.",
    });
    assert.deepEqual(downloads, []);
  });

  it("is reported when the configured file does not exist", async () => {
    await assert.rejects(readManifest(pinned, "/nowhere/install.yaml", sources), {
      message:
        'argocd.manifest: got "/nowhere/install.yaml"; expected a file that exists. ' +
        "Set the path of the release's manifest, or remove argocd.manifest to have it found or downloaded.",
    });
  });

  for (const place of ["cache", "module"] as const) {
    it(`comes from the ${place} without a download`, async () => {
      write(place === "cache" ? cached : inModule, text);
      assert.equal(await readManifest(pinned, undefined, sources), text);
      assert.deepEqual(downloads, []);
    });
  }

  it("is downloaded when the existing files have other content, and stored", async () => {
    write(cached, "half of it");
    write(inModule, "other");
    assert.equal(await readManifest(pinned, undefined, sources), text);
    assert.deepEqual(downloads, [
      "https://raw.githubusercontent.com/argoproj/argo-cd/v3.6.1/manifests/ha/install.yaml",
    ]);
    assert.equal(readFileSync(cached, "utf8"), text);
  });

  it("is refused when the download has other content, and not stored", async () => {
    const refused = readManifest(pinned, undefined, { ...sources, download: () => Promise.resolve("other") });
    await assert.rejects(refused, { message: new RegExp(`got https://.*${wrong}; expected .*${sha256}`) });
    assert.throws(() => readFileSync(cached));
  });

  it("is reported with the URL when no source has it", async () => {
    const refused = readManifest(pinned, undefined, {
      ...sources,
      download: () => Promise.reject(new Error("offline")),
    });
    await assert.rejects(refused, {
      message:
        "argocd.manifest: got nothing, and downloading " +
        "https://raw.githubusercontent.com/argoproj/argo-cd/v3.6.1/manifests/ha/install.yaml failed (offline); " +
        "expected ha/install.yaml of Argo CD 3.6.1. Download that file on a machine that can reach the URL, " +
        "and set argocd.manifest to its path.",
    });
  });

  it("is looked up in the cache folders of XDG and Go", () => {
    const { cache, moduleCache } = defaultSources({ XDG_CACHE_HOME: "/c", GOPATH: "/go" });
    assert.deepEqual({ cache, moduleCache }, { cache: "/c/gitops-platform", moduleCache: "/go/pkg/mod" });
    assert.equal(defaultSources({ GOMODCACHE: "/mod", GOPATH: "/go" }).moduleCache, "/mod");
  });
});
