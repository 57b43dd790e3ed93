#!/usr/bin/env node
// `npx gitops` in this project. The GitOps repository's workflows run a bundle of their own, which needs no project.
"use strict";
require("../../../scripts/node-version.js");
require("../../../scripts/installed.js");
require("../../../scripts/bundle.js").runBundled("packages/gitops/main-of-project.ts");
