import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { environmentBranch } from "@gitops-platform/contract/branches";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { isTeam } from "@gitops-platform/environments/preflight";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import type { CataloguePolicy } from "../delivery/objects";
import type { ContentFile } from "./content";
import { buildRulesets, type Ruleset } from "./rulesets";
import { environmentFiles, mainFiles } from "./written-files";
import { addAlertsUrl, addDeploymentEnvironment, addWorkflowApp } from "./workflow-apps";

/** The arguments of {@link GitopsRepository}. */
export interface GitopsRepositoryArgs {
  /** The repository's name, without the owner, which the provider sets. */
  readonly repository: string;
  /** The settings of the stack that owns the repository. */
  readonly ownership: Omit<Ownership, "githubToken" | "apiUrl">;
  /**
   * The first files on `main`, besides CODEOWNERS, the allowed signers and the files in `.github/gitops/` and
   * `delivery/` that follow from settings. Ignored for a repository that is adopted or filled, which keeps its files.
   */
  readonly content: readonly ContentFile[];
  /** All environments. */
  readonly graph: EnvironmentGraph;
  /** How the services of the catalogue are delivered. */
  readonly delivery: CataloguePolicy;
  /** The first files of each approval branch besides those of `main`, by environment. */
  readonly approved: ReadonlyMap<string, readonly ContentFile[]>;
  /**
   * Whether Pulumi refuses to delete the repository, the approval branches, the rulesets, the webhooks, and the
   * deployment environments with their branch policies.
   */
  readonly protect: boolean;
  /**
   * Resources that must exist before anything is created on GitHub, where it is retained. If the cluster refuses
   * everything, nothing is left behind.
   */
  readonly after: readonly pulumi.Resource[];
}

/** Git owns a file once it is written: otherwise the next `up` would revert image tags. */
const WRITTEN_ONCE = ["content", "branch", "commitMessage", "commitAuthor", "commitEmail", "overwriteOnCreate"];

/**
 * The GitOps repository on GitHub. It outlives the stack, because it records what ran and other environments read it.
 * The rulesets are created after the first content, because they require a pull request for every change.
 */
export class GitopsRepository extends pulumi.ComponentResource {
  /** The resources that must exist before Argo CD reads the repository: first content, branches and rulesets. */
  readonly content: readonly pulumi.Resource[];

  private readonly repository: github.Repository;
  private readonly retained: pulumi.CustomResourceOptions;

  constructor(name: string, args: GitopsRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gitops-platform:index:GitopsRepository", name, {}, opts);
    const { ownership, protect } = args;
    this.retained = { parent: this, retainOnDelete: true };

    const settings = repositorySettings(args);
    this.repository = new github.Repository("repository", settings, {
      ...this.retained,
      protect,
      dependsOn: [...args.after],
      // The settings of a repository that exists are not changed.
      ...((ownership.adopt || ownership.empty) && { import: args.repository, ignoreChanges: Object.keys(settings) }),
      // Pulumi ignores the import of a resource that its state has. If there is no repository, the import fails: a new
      // one would be empty, and its rulesets would keep it so.
      ...(ownership.filled && { import: args.repository }),
    });

    const last = this.addContent(args);
    // Not in an adopted repository: this would reduce the rights of a team that has more than write access there.
    const teams = ownership.adopt
      ? []
      : addTeamAccess(ownership, this.repository.name, { ...this.retained, dependsOn: [last] });
    const written = [last, ...teams];
    const approved = ownership.approvals.map(({ environment }) => environment);
    const rulesets = buildRulesets(approved, ownership);
    const reserved = this.addRuleset(rulesets.reserved, written, protect);
    const branches = [...rulesets.environments].map(([environment, ruleset]) => {
      const owned = this.addBranch(environment, [last, reserved], args);
      return this.addRuleset(ruleset, [owned, ...teams], protect);
    });
    const names = rulesets.names.map((ruleset) => this.addRuleset(ruleset, written, protect));
    // Created last: the workflows' keys depend on it.
    const main = this.addRuleset(rulesets.main, [...written, ...branches, ...names], protect);

    const retainedAndProtected = { ...this.retained, protect };
    for (const name of args.graph.names) addDeploymentEnvironment(name, this.repository.name, retainedAndProtected);
    for (const app of ownership.apps) {
      const environment = addDeploymentEnvironment(app.name, this.repository.name, retainedAndProtected);
      // After the rulesets: without them, any user with write access could push a workflow that reads the key.
      const options = { parent: this, dependsOn: [environment, main] };
      addWorkflowApp(app, this.repository.name, options);
      addAlertsUrl(ownership.releaseAlertsUrl, app.name, this.repository.name, options);
    }
    this.addWebhooks(ownership, protect);
    this.addDeployKeys(ownership);

    this.content = [last, reserved, ...branches, ...names, main];
    this.registerOutputs();
  }

  /** Writes the first content to `main`, unless it is there, and returns the last resource. */
  private addContent({ ownership, content, graph, delivery }: GitopsRepositoryArgs): pulumi.Resource {
    if (ownership.adopt) return this.repository;
    const main = addMain(this.repository, this.retained);
    // A later version of the program has more files. The rulesets refuse a commit of them, even if a pull request has
    // added them already.
    if (ownership.filled) return main;
    // Sequentially: each file is a commit, and GitHub refuses concurrent commits to one branch.
    return mainFiles(content, { ...ownership, graph, delivery }).reduce<pulumi.Resource>(
      (last, file) => this.addFile(`file-${file.path}`, { branch: "main", message: `Add ${file.path}`, ...file }, last),
      main,
    );
  }

  /**
   * Creates an environment's branch from `main`, adds its CODEOWNERS and first files, and returns the last resource. In
   * a filled repository releases bring the files, but a new branch needs its CODEOWNERS before its ruleset.
   */
  private addBranch(
    environment: string,
    dependsOn: pulumi.Resource[],
    { ownership, protect, approved }: GitopsRepositoryArgs,
  ): pulumi.Resource {
    const branch = environmentBranch(environment);
    const created = new github.Branch(
      `branch-${branch}`,
      { repository: this.repository.name, branch, sourceBranch: "main" },
      // The source matters only at creation. After that, only approved pull requests move the branch.
      { ...this.retained, protect, dependsOn, ignoreChanges: ["sourceBranch", "sourceSha"] },
    );
    if (ownership.adopt) return created;
    const [owners, ...rest] = environmentFiles(
      environment,
      ownership.filled ? [] : (approved.get(environment) ?? []),
      ownership,
    );
    const files = [
      { message: `Make the approvers own ${branch}`, ...owners },
      ...rest.map((file) => ({ message: `Add ${file.path}`, ...file })),
    ];
    return files.reduce<pulumi.Resource>(
      (last, file) => this.addFile(`file-${branch}/${file.path}`, { branch, ...file }, last),
      created,
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
        // GitHub creates README.md with the repository, and an environment's branch starts with main's files. Any other
        // existing file is somebody's work and must not be overwritten.
        overwriteOnCreate: branch !== "main" || path === "README.md",
      },
      { ...this.retained, dependsOn: [after], ignoreChanges: WRITTEN_ONCE },
    );
  }

  private addRuleset(ruleset: Ruleset, dependsOn: pulumi.Resource[], protect: boolean): pulumi.Resource {
    return new github.RepositoryRuleset(
      `ruleset-${ruleset.name}`,
      { repository: this.repository.name, ...ruleset },
      { ...this.retained, protect, dependsOn },
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
        // Retained, because the other environments outlive this stack and learn of pushes through these webhooks.
        // Protected, because GitHub refuses a second webhook with the same URL, so a later `up` could not recreate
        // them.
        { ...this.retained, protect },
      );
    }
  }

  private addDeployKeys({ deployKeys }: Pick<Ownership, "deployKeys">): void {
    for (const { environment, key } of deployKeys) {
      new github.RepositoryDeployKey(
        `deploy-key-${environment}`,
        { repository: this.repository.name, title: `argocd-${environment}`, key, readOnly: true },
        // Not retained: a key that was replaced after a leak must stop working.
        { parent: this },
      );
    }
  }
}

/**
 * Makes `main` the default branch, because an organisation can configure another name for it. The provider's `rename`
 * fails if the name is already right (https://github.com/integrations/terraform-provider-github/issues/2829), whereas
 * its Branch resource accepts an existing branch.
 */
function addMain(repository: github.Repository, options: pulumi.CustomResourceOptions): pulumi.Resource {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated as an input; no other output has the name
  const sourceBranch = repository.defaultBranch;
  const main = new github.Branch(
    "branch-main",
    { repository: repository.name, branch: "main", sourceBranch },
    { ...options, ignoreChanges: ["sourceBranch", "sourceSha"] },
  );
  const byDefault = { repository: repository.name, branch: main.branch };
  return new github.BranchDefault("default-branch", byDefault, { ...options, dependsOn: [main] });
}

/** The repository's settings on GitHub. */
function repositorySettings({ repository, ownership }: GitopsRepositoryArgs): github.RepositoryArgs {
  return {
    name: repository,
    description: "The desired state of our clusters, which Argo CD applies",
    visibility: ownership.visibility,
    // Creates the branch to which the first content is committed.
    autoInit: true,
    deleteBranchOnMerge: true,
    hasIssues: true,
    hasProjects: false,
    hasWiki: false,
    // Keeps the history even if somebody removes retainOnDelete.
    archiveOnDestroy: true,
  };
}

/** The settings that name code owners. */
type Owners = Pick<Ownership, "platformTeam" | "codeOwners" | "approvals">;

/** The slugs of all teams that are code owners of any branch, without duplicates. */
function ownerTeams({ platformTeam, codeOwners, approvals }: Owners): string[] {
  const owners = [platformTeam, ...Object.values(codeOwners), ...approvals.map(({ approvers }) => approvers)].flat();
  const slugs = owners.filter(isTeam).map((team) => (team.split("/")[1] ?? "").toLowerCase());
  return [...new Set(slugs)];
}

/**
 * Gives the teams that are code owners write access: GitHub silently ignores an owner without it, and if it ignores all
 * of them, anybody's approval is enough. For the same reason a team removed from the settings keeps its access:
 * CODEOWNERS in the repository may still name it.
 * @param options The parent, and the resources that must exist before anybody gets write access.
 */
function addTeamAccess(
  owners: Owners,
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return ownerTeams(owners).map(
    (slug) => new github.TeamRepository(`team-${slug}`, { repository, teamId: slug, permission: "push" }, options),
  );
}
