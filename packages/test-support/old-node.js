// Loaded before a program: it then finds the Node that OLD_NODE names.
"use strict";
Object.defineProperty(process, "versions", { value: { ...process.versions, node: process.env.OLD_NODE } });
