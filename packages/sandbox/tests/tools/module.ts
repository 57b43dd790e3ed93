import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A go.mod of three programs. */
export const goMod = `module example

go 1.27.1

tool (
	github.com/argoproj/argo-cd/v3/cmd
	go.etcd.io/etcd/server/v3
	helm.sh/helm/v4/cmd/helm
)

require k8s.io/kubernetes/fake v9.9.9

require (
	k8s.io/kubernetes v1.37.2 // indirect
)
`;

/** Writes a module with go.mod, go.sum (two modules) and redis/main.go, and returns its folder. */
export function writeModule(folder: string, mod: string = goMod): string {
  mkdirSync(join(folder, "redis"), { recursive: true });
  writeFileSync(join(folder, "go.mod"), mod);
  writeFileSync(join(folder, "go.sum"), "a v1 h1:x=\na v1/go.mod h1:x=\nb v1 h1:x=\nb v1/go.mod h1:x=\n");
  writeFileSync(join(folder, "redis", "main.go"), "package main\n");
  return folder;
}
