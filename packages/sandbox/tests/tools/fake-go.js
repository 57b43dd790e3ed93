#!/usr/bin/env node
// Replaces the go command: supports the calls of tools/, and writes empty programs. FAKE_GO selects an error to
// simulate; each call is recorded in the file FAKE_GO_CALLS.
"use strict";
const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const args = process.argv.slice(2);
appendFileSync(process.env.FAKE_GO_CALLS, `${process.env.GOTOOLCHAIN} ${args.join(" ")}\n`);
const modules = join(process.env.FAKE_GO_CALLS, "..", "modules");
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const file = (path, text = path) => {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
};

if (args[0] === "env") {
  const values = { GOVERSION: process.env.FAKE_GO === "old" ? "go1.20.14" : "go1.26.8", GOCACHE: modules };
  process.stdout.write(`${values[args[1]]}\n`);
} else if (args[1] === "-m") {
  const module = args.at(-1);
  const files = module.includes("kwok")
    ? ["node/fast/node-initialize", "node/heartbeat-with-lease/node-heartbeat-with-lease"]
        .concat(["pod-ready", "pod-complete", "pod-delete"].map((name) => `pod/fast/${name}`))
        .map((name) => `kustomize/stage/${name}.yaml`)
        .concat(
          "kustomize/metrics/usage/usage-from-annotation.yaml",
          "kustomize/metrics/resource/metrics-resource.yaml",
        )
    : ["manifests/install.yaml", "manifests/ha/install.yaml", "hack/git-verify-wrapper.sh"];
  for (const name of files) file(join(modules, module, name));
  const listeners = ["controller/appcontroller.go", "cmd/argocd-notification/commands/argocd_notification.go"];
  for (const name of listeners) file(join(modules, module, name), 'listen("0.0.0.0:%d", port)');
  process.stdout.write(`${join(modules, module)}\n`);
} else if (args[0] === "list") {
  if (process.env.FAKE_GO === "offline")
    fail('go: x@v1: Get "https://me:secret@proxy.example/x": dial tcp: no such host');
  process.stderr.write("go: downloading example.com/one v1.0.0\n");
  process.stdout.write("one\n\ntwo\n\n\n");
} else if (args[0] === "build") {
  const out = args[args.indexOf("-o") + 1];
  process.stderr.write("one\ntwo\n");
  if (process.env.FAKE_GO === "full") fail("/tmp/x.o: write: no space left on device");
  for (const name of ["cmd", "server", "helm"]) file(join(out, name));
}
