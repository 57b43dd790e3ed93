import { chmod, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const argocdModule = "github.com/argoproj/argo-cd/v3";

/**
 * The places where Argo CD 3.6.1 listens on all addresses and has no flag or variable to change that: the metrics of
 * the application controller and of the notifications controller. Only the port can be set.
 */
export const loopbackEdits: readonly { file: string; from: string; to: string }[] = [
  { file: "controller/appcontroller.go", from: '"0.0.0.0:%d"', to: '"127.0.0.1:%d"' },
  { file: "cmd/argocd-notification/commands/argocd_notification.go", from: '"0.0.0.0:%d"', to: '"127.0.0.1:%d"' },
];

/** Parts of the module that no program is built from: 195 of its 250 MB. */
const unused = ["docs", "test"];

/**
 * Writes a copy of Argo CD's source that listens on 127.0.0.1 only, and a go.mod that builds from it. Go's own
 * `-overlay` rejects files of the module cache.
 * @param options.source the module's folder in Go's module cache, verified against go.sum when it was downloaded
 * @param options.module the folder with go.mod and go.sum
 * @param options.work folder for the copy, kept until the build is done. The build cache does not depend on its path
 * (`-trimpath`)
 * @returns the flag for `go build` and `go list`
 * @throws Error if a string to replace does not occur exactly once, as in another version of Argo CD
 */
export async function loopbackArgocd(options: { source: string; module: string; work: string }): Promise<string> {
  const copy = join(options.work, "argo-cd");
  await mkdir(options.work, { recursive: true });
  const left = unused.map((name) => join(options.source, name));
  await cp(options.source, copy, { recursive: true, filter: (path) => !left.includes(path) });
  await makeRemovable(copy);
  for (const edit of loopbackEdits) await replaceOnce(copy, edit);
  const goMod = await readFile(join(options.module, "go.mod"), "utf8");
  const modfile = join(options.work, "go.mod");
  await writeFile(modfile, `${goMod}\nreplace ${argocdModule} => ${copy}\n`);
  await writeFile(join(options.work, "go.sum"), await readFile(join(options.module, "go.sum")));
  return `-modfile=${modfile}`;
}

async function replaceOnce(folder: string, { file, from, to }: (typeof loopbackEdits)[number]): Promise<void> {
  const path = join(folder, file);
  const text = await readFile(path, "utf8");
  const times = text.split(from).length - 1;
  if (times !== 1) {
    throw new Error(
      `${argocdModule}/${file}: got ${from} ${times} times; expected it once. ` +
        "Check how this version of Argo CD listens, and update loopbackEdits.",
    );
  }
  // The copy has the read-only mode of the module cache.
  await chmod(path, 0o644);
  await writeFile(path, text.replace(from, to));
}

/** Folders of the module cache are read-only, and so are their copies: only root could delete their contents. */
async function makeRemovable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeRemovable(join(folder, entry.name));
  }
}
