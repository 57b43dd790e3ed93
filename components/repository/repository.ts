import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { environmentBranch } from "../../environments/catalogue";
import type { Ownership } from "../../environments/settings";
import type { ContentFile } from "./content";

/** What the GitOps repository is made of. */
export interface GitopsRepositoryArgs {
  /** The repository's name, below the provider's owner. */
  readonly repository: string;
  /** Who may see it, whether it exists already, which environments wait for approvals, and who hears of a push. */
  readonly ownership: Pick<Ownership, "visibility" | "adopt" | "approvedEnvironments" | "webhooks">;
  /** What a new repository starts with. An adopted one keeps what it has. */
  readonly content: readonly ContentFile[];
  /** Whether Pulumi refuses to delete the repository and the branches that production follows. */
  readonly protect: boolean;
  /** What must be there before anything is made on GitHub, where it stays: a cluster that refuses everything leaves nothing behind. */
  readonly after: readonly pulumi.Resource[];
}

/** What a file is once it is written is Git's to say: the next `up` would otherwise take image tags back. */
const WRITTEN_ONCE = ["content", "branch", "commitMessage", "commitAuthor", "commitEmail", "overwriteOnCreate"];

/**
 * The GitOps repository on GitHub. It outlives the stack: it is the record of what ran, and other environments read it. Branch
 * protections, where there are any, depend on `content`: once they stand, nothing is written without a pull request.
 */
export class GitopsRepository extends pulumi.ComponentResource {
  /** What must be there before Argo CD reads the repository: the first content and the branches. */
  readonly content: readonly pulumi.Resource[];

  constructor(name: string, args: GitopsRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gitops-platform:index:GitopsRepository", name, {}, opts);
    const { ownership, protect } = args;
    const kept = { parent: this, retainOnDelete: true };

    const settings = repositorySettings(args);
    const repository = new github.Repository("repository", settings, {
      ...kept,
      protect,
      dependsOn: [...args.after],
      // An adopted repository keeps its settings too: adopting changes nothing.
      ...(ownership.adopt && { import: args.repository, ignoreChanges: Object.keys(settings) }),
    });

    const mainBranch = ownership.adopt ? [] : addMain(repository, kept);

    // One after the other: each file is a commit, and GitHub refuses commits to one branch at once.
    let last: pulumi.Resource = mainBranch.at(-1) ?? repository;
    for (const { path, text } of ownership.adopt ? [] : args.content) {
      last = new github.RepositoryFile(
        `file-${path}`,
        {
          repository: repository.name,
          branch: "main",
          file: path,
          content: text,
          commitMessage: `Add ${path}`,
          // GitHub writes a README.md when it makes the repository. Any other file that is there is somebody's work.
          overwriteOnCreate: path === "README.md",
        },
        { ...kept, dependsOn: [last], ignoreChanges: WRITTEN_ONCE },
      );
    }

    const branches = ownership.approvedEnvironments.map(environmentBranch).map(
      (branch) =>
        new github.Branch(
          `branch-${branch}`,
          { repository: repository.name, branch, sourceBranch: "main" },
          // Where it began is history: it moves by approved pull requests only.
          { ...kept, protect, dependsOn: [last], ignoreChanges: ["sourceBranch", "sourceSha"] },
        ),
    );

    for (const { environment, url, secret } of ownership.webhooks) {
      new github.RepositoryWebhook(
        `webhook-${environment}`,
        {
          repository: repository.name,
          events: ["push"],
          active: true,
          configuration: { url, secret, contentType: "json", insecureSsl: false },
        },
        // The other environments outlive this stack, and hear of a push by these.
        kept,
      );
    }

    this.content = [last, ...branches];
    this.registerOutputs();
  }
}

/**
 * Makes `main` the default branch: an organisation may have another name for the first branch of its repositories. Not by the
 * provider's `rename`, which fails where the name is right already
 * (https://github.com/integrations/terraform-provider-github/issues/2829); a branch that exists it takes as it is.
 */
function addMain(repository: github.Repository, kept: pulumi.CustomResourceOptions): pulumi.Resource[] {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated as an input; nothing else tells the branch's name
  const sourceBranch = repository.defaultBranch;
  const main = new github.Branch(
    "branch-main",
    { repository: repository.name, branch: "main", sourceBranch },
    { ...kept, ignoreChanges: ["sourceBranch", "sourceSha"] },
  );
  const byDefault = { repository: repository.name, branch: main.branch };
  return [main, new github.BranchDefault("default-branch", byDefault, { ...kept, dependsOn: [main] })];
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
