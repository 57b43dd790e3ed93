import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { seal } from "@gitops-platform/engine/providers/github/environments";
import { organization } from "./accounts";
import { cloneAsDeveloper } from "./clone";
import type { Credentials } from "./credentials";
import type { Ports } from "./ports";
import { gitHostUrl } from "./stack-files";
import type { SandboxPaths } from "./paths";

const repository = { owner: organization, repo: "api" } as const;

const WORKFLOW = ".github/workflows/image.yaml";

/** The repository's initial files, apart from the workflow. */
const FILES: Readonly<Record<string, string>> = {
  Dockerfile: 'FROM scratch\nCOPY api /api\nENTRYPOINT ["/api"]\n',
  api: "#!/bin/sh\necho api\n",
};

/**
 * Ensures that the API service's own repository exists, with the workflow of app-repo/ and the settings that it needs,
 * and a clone that pushes as `developer`. Every commit on its `main` becomes an image and a bump of dev. Both are made
 * once; after that, only the user changes them.
 */
export async function ensureAppRepository(paths: SandboxPaths, ports: Ports, credentials: Credentials): Promise<void> {
  if (existsSync(paths.appClone)) return;
  const { rest } = new Octokit({ auth: credentials.platformToken, baseUrl: `${gitHostUrl(ports)}/api/v3` });
  const { data: found } = await rest.repos.listForOrg({ org: organization });
  const exists = found.some(({ name }) => name === repository.repo);
  if (!exists || !(await isComplete(rest))) {
    // An interrupted start left an incomplete repository.
    if (exists) await rest.repos.delete(repository);
    await makeRepository(rest, paths, credentials);
  }
  await cloneAsDeveloper(paths, credentials, `${gitHostUrl(ports)}/${organization}/${repository.repo}`, paths.appClone);
}

/** Whether the repository has its workflow, which is created last. */
async function isComplete(rest: Octokit["rest"]): Promise<boolean> {
  const { data } = await rest.actions.listRepoWorkflows(repository);
  return data.total_count > 0;
}

async function makeRepository(rest: Octokit["rest"], { root }: SandboxPaths, credentials: Credentials): Promise<void> {
  await rest.repos.createInOrg({ org: organization, name: repository.repo, private: true });
  await rest.repos.addCollaborator({ ...repository, username: "developer", permission: "push" });
  await allowBumps(rest, credentials);
  const text = readFileSync(join(root, "app-repo", WORKFLOW), "utf8");
  for (const [path, content] of Object.entries({ ...FILES, [WORKFLOW]: text })) {
    await rest.repos.createOrUpdateFileContents({
      ...repository,
      path,
      // Only commits that people push become new versions; the versions that already run predate this repository.
      message: `Add ${path} [skip ci]`,
      content: Buffer.from(content).toString("base64"),
    });
  }
}

/** Configures what app-repo/README.md requires. */
async function allowBumps(rest: Octokit["rest"], { ciToken }: Credentials): Promise<void> {
  const environment = { ...repository, environment_name: "gitops" };
  await rest.repos.createOrUpdateEnvironment({
    ...environment,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  await rest.repos.createDeploymentBranchPolicy({ ...environment, name: "main" });
  const { data: key } = await rest.actions.getEnvironmentPublicKey(environment);
  await rest.actions.createOrUpdateEnvironmentSecret({
    ...environment,
    secret_name: "GITOPS_BUMP_TOKEN",
    key_id: key.key_id,
    encrypted_value: await seal(ciToken, key.key),
  });
  await rest.actions.createRepoVariable({ ...repository, name: "GITOPS_REPOSITORY", value: `${organization}/gitops` });
}
