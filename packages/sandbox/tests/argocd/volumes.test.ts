import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runningContainer } from "../../argocd/process-of";
import { MissingReference, type References, referencesOf } from "../../argocd/references";
import { volumesOf } from "../../argocd/volumes";
import { writeVolumes } from "../../argocd/write-volumes";
import * as fixtures from "./fixtures";

const [component, workload] = fixtures.componentOf(fixtures.repoServer);
const { container } = runningContainer(component, workload);
const of = (references: References) => volumesOf(container, workload, references);
const withKnownHosts = (data: Record<string, string>, secrets = [] as ReturnType<typeof fixtures.secret>[]) =>
  referencesOf({ configMaps: [fixtures.configMap("argocd-ssh-known-hosts-cm", data)], secrets });

describe("sandbox/argocd/volumes", () => {
  it("finds the files of ConfigMaps and Secrets at their mount paths", () => {
    const tls = fixtures.secret("argocd-repo-server-tls", { "tls.crt": "cert", "tls.key": "not in items" });
    const { files, folders, exact } = of(withKnownHosts({ ssh_known_hosts: "keys" }, [tls]));
    assert.deepEqual(
      files.map(({ path, content }) => [path, content.toString()]),
      [
        ["/app/config/ssh/ssh_known_hosts", "keys"],
        ["/app/config/reposerver/tls/tls.crt", "cert"],
      ],
    );
    assert.deepEqual(folders, ["/app/config/ssh", "/app/config/reposerver/tls", "/helm-working-dir"]);
    assert.deepEqual(exact, ["/app/config/ssh", "/app/config/reposerver/tls"]);
  });

  it("omits a missing optional Secret, and waits for a required ConfigMap", () => {
    assert.deepEqual(of(withKnownHosts({})).files, []);
    assert.throws(() => of(referencesOf({ configMaps: [], secrets: [] })), MissingReference);
  });

  describe("writeVolumes", () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "volumes-"));
    });
    afterEach(async () => {
      await rm(folder, { recursive: true });
    });

    it("updates files when the cluster's objects change, but does not change an emptyDir", async () => {
      const location = { folder, ports: fixtures.local.ports };
      const ssh = join(folder, "root/app/config/ssh");
      await writeVolumes(location, of(withKnownHosts({ ssh_known_hosts: "one", other: "x" })));
      assert.deepEqual((await readdir(ssh)).sort(), ["other", "ssh_known_hosts"]);
      assert.equal((await stat(join(ssh, "other"))).mode & 0o777, 0o600);
      await writeFile(join(folder, "root/helm-working-dir/cache"), "kept");
      await writeVolumes(location, of(withKnownHosts({ ssh_known_hosts: "two" })));
      assert.deepEqual(await readdir(ssh), ["ssh_known_hosts"]);
      assert.equal(await readFile(join(ssh, "ssh_known_hosts"), "utf8"), "two");
      assert.equal(await readFile(join(folder, "root/helm-working-dir/cache"), "utf8"), "kept");
    });
  });
});
