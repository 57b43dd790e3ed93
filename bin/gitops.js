#!/usr/bin/env node
// Runs `gitops` from its source, for `npx gitops` in this project. The GitOps repository's workflows run the bundle.
require("../scripts/register.js");
require("../gitops/main-of-project.ts");
