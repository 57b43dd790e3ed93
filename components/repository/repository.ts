import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { environmentBranch, environments } from "../../environments/catalogue";
import { mainCodeOwners } from "../../environments/code-owners";
import type { Ownership } from "../../environments/ownership";
import { ciFile } from "./ci-file";
import { codeOwnersFile, environmentCodeOwners } from "./code-owners";
import { workflowsLast, type ContentFile } from "./content";
import { addAlertsUrl } from "./alerts-url";
import { approversFile } from "./approvers-file";
import { addDeploymentEnvironment } from "./deployment-environment";
import {
  environmentRuleset,
  mainRuleset,
  recordsRuleset,
  reservedBranchesRuleset,
  reservedRuleset,
  reservedTagsRuleset,
  type Ruleset,
} from "./rulesets";
import { signersFile } from "./signers";
import { addTeamAccess } from "./team-access";
import { addWorkflowApp } from "./workflow-app";

/** What the GitOps repository is made of. */
export interface GitopsRepositoryArgs {
  /** The repository's name, below the provider's owner. */
  readonly repository: string;
  /** Who may see it and change what, whether it exists already, who reads it, and who hears of a push. */
  readonly ownership: Omit<Ownership, "githubToken" | "apiUrl">;
  /**
   * What a new repository starts with, besides CODEOWNERS, the allowed signers and who CI is. An adopted one keeps what
   * it has.
   */
  readonly content: readonly ContentFile[];
  /** What the branch of each environment that waits for approvals starts with besides that, and besides CODEOWNERS. */
  readonly manifests: ReadonlyMap<string, readonly ContentFile[]>;
  /**
   * Whether Pulumi refuses to delete the repository, the branches that production follows and what protects them,
   * webhooks, and the environments with the branches that get their keys.
   */
  readonly protect: boolean;
  /**
   * What must be there before anything is made on GitHub, where it stays: a cluster that refuses everything leaves
   * nothing behind.
   */
  readonly after: readonly pulumi.Resource[];
}

/** What a file is once it is written is Git's to say: the next `up` would otherwise take image tags back. */
const WRITTEN_ONCE = ["content", "branch", "commitMessage", "commitAuthor", "commitEmail", "overwriteOnCreate"];

/**
 * The GitOps repository on GitHub. It outlives the stack: it is the record of what ran, and other environments read it.
 * Its protections come after the first content: once they stand, nothing is written without a pull request.
 */
export class GitopsRepository extends pulumi.ComponentResource {
  /** What must be there before Argo CD reads the repository: the first content, the branches and what protects them. */
  readonly content: readonly pulumi.Resource[];

  private readonly repository: github.Repository;
  private readonly kept: pulumi.CustomResourceOptions;

  constructor(name: string, args: GitopsRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gitops-platform:index:GitopsRepository", name, {}, opts);
    const { ownership, protect } = args;
    this.kept = { parent: this, retainOnDelete: true };

    const settings = repositorySettings(args);
    this.repository = new github.Repository("repository", settings, {
      ...this.kept,
      protect,
      dependsOn: [...args.after],
      // An adopted repository keeps its settings too: adopting changes nothing.
      ...(ownership.adopt && { import: args.repository, ignoreChanges: Object.keys(settings) }),
    });

    const last = this.addContent(args);
    // Not in an adopted repository: a team may have more rights there, which this would take.
    const teams = ownership.adopt
      ? []
      : addTeamAccess(ownership, this.repository.name, { ...this.kept, dependsOn: [last] });
    const written = [last, ...teams];
    const approved = ownership.approvals.map(({ environment }) => environment);
    const reserved = this.addRuleset(reservedRuleset(approved, ownership), written, protect);
    const branches = ownership.approvals.map(({ environment, approvers }) => {
      const owned = this.addBranch(environment, approvers, [last, reserved], args);
      return this.addRuleset(environmentRuleset(environment, ownership), [owned, ...teams], protect);
    });
    const names = [recordsRuleset, reservedTagsRuleset, reservedBranchesRuleset].map((make) =>
      this.addRuleset(make(ownership), written, protect),
    );
    // Last: the keys that workflows release with wait for it.
    const main = this.addRuleset(mainRuleset(ownership), [...written, ...branches, ...names], protect);

    const guarded = { ...this.kept, protect };
    for (const { name } of environments) addDeploymentEnvironment(name, this.repository.name, guarded);
    for (const app of ownership.apps) {
      const environment = addDeploymentEnvironment(app.name, this.repository.name, guarded);
      // Not before the protections: until they stand, anyone who may write may write a workflow that reads the key.
      const options = { parent: this, dependsOn: [environment, main] };
      addWorkflowApp(app, this.repository.name, options);
      if (app.name === "release") addAlertsUrl(ownership.releaseAlertsUrl, this.repository.name, options);
    }
    this.addWebhooks(ownership, protect);
    this.addDeployKeys(ownership);

    this.content = [last, reserved, ...branches, ...names, main];
    this.registerOutputs();
  }

  /** Writes the first content to `main` and returns the last of it. */
  private addContent({ ownership, content }: GitopsRepositoryArgs): pulumi.Resource {
    if (ownership.adopt) return this.repository;
    const main = addMain(this.repository, this.kept);
    const signers = signersFile(ownership.releasePublicKey);
    const ci = ciFile({ accounts: ownership.ciAccounts, repositories: ownership.serviceRepositories });
    const approvers = approversFile(
      Object.fromEntries(ownership.approvals.map(({ environment, approvers: names }) => [environment, names])),
    );
    const files = [...content, signers, ci, approvers, codeOwnersFile("main", mainCodeOwners(ownership))];
    // One after the other: each file is a commit, and GitHub refuses commits to one branch at once.
    return workflowsLast(files).reduce<pulumi.Resource>(
      (last, file) => this.addFile(`file-${file.path}`, { branch: "main", message: `Add ${file.path}`, ...file }, last),
      main,
    );
  }

  /**
   * Starts an environment's branch at `main`, with owners and manifests of its own, and returns the last of what that
   * takes.
   */
  private addBranch(
    environment: string,
    approvers: readonly string[],
    dependsOn: pulumi.Resource[],
    { ownership, protect, manifests }: GitopsRepositoryArgs,
  ): pulumi.Resource {
    const branch = environmentBranch(environment);
    const made = new github.Branch(
      `branch-${branch}`,
      { repository: this.repository.name, branch, sourceBranch: "main" },
      // Where it began is history: it moves by approved pull requests only.
      { ...this.kept, protect, dependsOn, ignoreChanges: ["sourceBranch", "sourceSha"] },
    );
    if (ownership.adopt) return made;
    const owners = codeOwnersFile(branch, environmentCodeOwners(approvers));
    const files = [
      { message: `Make the approvers own ${branch}`, ...owners },
      ...(manifests.get(environment) ?? []).map((file) => ({ message: `Add ${file.path}`, ...file })),
    ];
    return files.reduce<pulumi.Resource>(
      (last, file) => this.addFile(`file-${branch}/${file.path}`, { branch, ...file }, last),
      made,
    );
  }

  private addFile(
    name: string,
    { branch, path, text, message }: ContentFile & { branch: string; message: string },
    after: pulumi.Resource,
  ): pulumi.Resource {
    return new github.RepositoryFile(
      name,
      {
        repository: this.repository.name,
        branch,
        file: path,
        content: text,
        commitMessage: message,
        // GitHub writes a README.md when it makes the repository, and an environment's branch starts with main's files.
        // Any other file that is there is somebody's work.
        overwriteOnCreate: branch !== "main" || path === "README.md",
      },
      { ...this.kept, dependsOn: [after], ignoreChanges: WRITTEN_ONCE },
    );
  }

  private addRuleset(ruleset: Ruleset, dependsOn: pulumi.Resource[], protect: boolean): pulumi.Resource {
    return new github.RepositoryRuleset(
      `ruleset-${ruleset.name}`,
      { repository: this.repository.name, ...ruleset },
      { ...this.kept, protect, dependsOn },
    );
  }

  private addWebhooks({ webhooks }: Pick<Ownership, "webhooks">, protect: boolean): void {
    for (const { name, url, secret } of webhooks) {
      new github.RepositoryWebhook(
        `webhook-${name}`,
        {
          repository: this.repository.name,
          events: ["push"],
          active: true,
          configuration: { url, secret, contentType: "json", insecureSsl: false },
        },
        // The other environments outlive this stack, and hear of a push by these. Once out of the state they could not
        // be made again: GitHub refuses a second webhook of one address.
        { ...this.kept, protect },
      );
    }
  }

  private addDeployKeys({ deployKeys }: Pick<Ownership, "deployKeys">): void {
    for (const { environment, key } of deployKeys) {
      new github.RepositoryDeployKey(
        `deploy-key-${environment}`,
        { repository: this.repository.name, title: `argocd-${environment}`, key, readOnly: true },
        // Not retained: a key that was changed because it leaked must stop working.
        { parent: this },
      );
    }
  }
}

/**
 * Makes `main` the default branch: an organisation may have another name for the first branch of its repositories. Not
 * by the provider's `rename`, which fails where the name is right already
 * (https://github.com/integrations/terraform-provider-github/issues/2829); a branch that exists it takes as it is.
 */
function addMain(repository: github.Repository, kept: pulumi.CustomResourceOptions): pulumi.Resource {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- only the input is deprecated
  const sourceBranch = repository.defaultBranch;
  const main = new github.Branch(
    "branch-main",
    { repository: repository.name, branch: "main", sourceBranch },
    { ...kept, ignoreChanges: ["sourceBranch", "sourceSha"] },
  );
  const byDefault = { repository: repository.name, branch: main.branch };
  return new github.BranchDefault("default-branch", byDefault, { ...kept, dependsOn: [main] });
}

/** The repository's settings on GitHub. */
function repositorySettings({ repository, ownership }: GitopsRepositoryArgs): github.RepositoryArgs {
  return {
    name: repository,
    description: "What our clusters run: Argo CD keeps them at what is here",
    visibility: ownership.visibility,
    // Makes the branch that the first content is committed to.
    autoInit: true,
    deleteBranchOnMerge: true,
    hasIssues: true,
    hasProjects: false,
    hasWiki: false,
    // retainOnDelete keeps it anyway; this keeps its history should somebody lift that.
    archiveOnDestroy: true,
  };
}
