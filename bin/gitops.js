#!/usr/bin/env node
// The command line from its source: `npx gitops` in this project. The GitOps repository's workflows run the bundled
// file.
require("../scripts/register.js");
require("../gitops/main-of-project.ts");
