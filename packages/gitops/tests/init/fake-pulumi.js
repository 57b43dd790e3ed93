#!/usr/bin/env node
// A Pulumi CLI that records what it is told, and writes into a stack's file as the real one does.
"use strict";
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const { parseDocument } = require("yaml");

const args = process.argv.slice(2);
const isSet = args[0] === "config" && args[1] === "set";
const stdin = isSet ? readFileSync(0, "utf8") : "";
appendFileSync("pulumi.log", `${JSON.stringify({ args, stdin })}\n`);

if (args[0] === "version") process.stdout.write(`${process.env.FAKE_VERSION ?? "v3.274.1"}\n`);
else if (process.env.FAKE_ERROR_AT === args[0]) {
  process.stderr.write(`error: refused ${stdin}\n`);
  process.exitCode = 255;
} else if (args[0] === "stack") change(args[2], (document) => document.set("encryptionsalt", "v1:salt"));
else if (isSet) {
  const isPath = args.includes("--path");
  const path = args[isPath ? 4 : 3];
  const [first, ...rest] = isPath ? path.split(".") : [path];
  const value = `v1:${Buffer.from(stdin).toString("base64")}`;
  change(args[args.indexOf("--stack") + 1], (document) => {
    // Without a namespace the key is the project's, which may have any name.
    const key = first.includes(":") ? first : `some-project:${first}`;
    document.setIn(["config", key, ...rest], document.createNode({ secure: value }));
  });
}

function change(stack, edit) {
  const file = `Pulumi.${stack}.yaml`;
  const document = parseDocument(existsSync(file) ? readFileSync(file, "utf8") : "config: {}\n");
  edit(document);
  writeFileSync(file, document.toString());
}
