import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import * as pulumi from "@pulumi/pulumi";
import { addressObjects } from "@gitops-platform/components/argocd/address";
import { Argocd, type ArgocdArgs } from "@gitops-platform/components/argocd/argocd";
import { webhookExposure } from "@gitops-platform/components/argocd/webhook";
import { Delivery } from "@gitops-platform/components/delivery/delivery";
import { clusterProvider, githubProvider } from "@gitops-platform/components/providers";
import { KubernetesObject } from "@gitops-platform/components/kubernetes-object";
import { GitopsRepository } from "@gitops-platform/components/repository/repository";
import { environmentRuleset } from "@gitops-platform/components/repository/rulesets";
import { dev } from "@gitops-platform/environments/dev";
import type { Environment } from "@gitops-platform/environments/environment";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import { prod } from "@gitops-platform/environments/prod";
import type { Service } from "@gitops-platform/environments/settings/delivery";
import type { WebhookExposure } from "@gitops-platform/environments/settings/argocd";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { deliveryOf } from "@gitops-platform/test-support/platform-content";
import { construct, dependencies, type Construction } from "@gitops-platform/test-support/components";

// Tests which resources each component registers, with which inputs and options. The engine's tests and the end-to-end
// tests check that an engine follows the options.

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("Argocd", () => {
  const make = (
    protect: boolean,
    webhookSecret = "s3cr3t",
    more: Partial<ArgocdArgs> = {},
    webhookExposure?: WebhookExposure,
  ) =>
    construct(
      (opts) =>
        new Argocd(
          "argocd",
          {
            manifest: smallManifest(),
            environment: "dev",
            delivery: { sync: "auto", drift: "heal" },
            url: undefined,
            notifications: undefined,
            ...more,
            parameters: {},
            webhookSecret: pulumi.secret(webhookSecret),
            webhookExposure,
            protect,
          },
          opts,
        ),
    );

  it("creates a resource for every object, and also its namespace and the closed project", async () => {
    const { recorder } = await make(false);
    assert.deepEqual(recorder.resources.map(({ type, name }) => `${type} ${name}`).sort(), [
      "gitops-platform:index:Argocd argocd",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition customresourcedefinition-applications.argoproj.io",
      "kubernetes:apps/v1:Deployment deployment-argocd-server",
      "kubernetes:apps/v1:StatefulSet statefulset-argocd-application-controller",
      "kubernetes:argoproj.io/v1alpha1:AppProject appproject-default",
      "kubernetes:core/v1:ConfigMap configmap-argocd-cm",
      "kubernetes:core/v1:ConfigMap configmap-argocd-cmd-params-cm",
      "kubernetes:core/v1:ConfigMap configmap-argocd-notifications-cm",
      "kubernetes:core/v1:ConfigMap configmap-argocd-rbac-cm",
      "kubernetes:core/v1:Namespace namespace-argocd",
      "kubernetes:core/v1:Secret secret-argocd-notifications-secret",
      "kubernetes:core/v1:Secret secret-argocd-secret",
      "kubernetes:core/v1:ServiceAccount serviceaccount-argocd-server",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy networkpolicy-argocd-default-deny",
      "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole clusterrole-argocd-server",
      "pulumi:pulumi:Stack gitops-platform-prod",
    ]);
  });

  it("creates the workloads after everything that they read, including the closed project", async () => {
    const { options } = await make(false);
    const foundation = ["customresourcedefinition-applications.argoproj.io", "namespace-argocd"];
    assert.deepEqual(await dependencies(options["namespace-argocd"]), []);
    assert.deepEqual(await dependencies(options["appproject-default"]), foundation);
    const secrets = ["secret-argocd-notifications-secret", "secret-argocd-secret"];
    assert.deepEqual(await dependencies(options["secret-argocd-secret"]), foundation);
    // argocd-cm refers to entries of argocd-secret.
    assert.deepEqual(await dependencies(options["configmap-argocd-cm"]), [...foundation, ...secrets]);
    assert.deepEqual(await dependencies(options["deployment-argocd-server"]), [
      "appproject-default",
      "clusterrole-argocd-server",
      "configmap-argocd-cm",
      "configmap-argocd-cmd-params-cm",
      "configmap-argocd-notifications-cm",
      "configmap-argocd-rbac-cm",
      "networkpolicy-argocd-default-deny",
      "secret-argocd-notifications-secret",
      "secret-argocd-secret",
      "serviceaccount-argocd-server",
    ]);
  });

  it("writes GitHub's webhook secret to argocd-secret, and an unknown secret for every other sender", async () => {
    const entries = async (secret: string) => {
      const { recorder } = await make(false, secret);
      const { inputs, secrets } = recorder.find("kubernetes:core/v1:Secret", "secret-argocd-secret");
      assert.deepEqual(secrets, ["data"]);
      return inputs.data as Record<string, string>;
    };
    const [one, again, other] = [await entries("s3cr3t"), await entries("s3cr3t"), await entries("other")];
    assert.equal(one["webhook.github.secret"], base64("s3cr3t"));
    assert.deepEqual(Object.keys(one).sort(), [
      "webhook.azuredevops.password",
      "webhook.azuredevops.username",
      "webhook.bitbucket.uuid",
      "webhook.bitbucketserver.secret",
      "webhook.github.secret",
      "webhook.gitlab.secret",
      "webhook.gogs.secret",
    ]);
    // All different, and different from GitHub's; stable, because otherwise every preview would show a change.
    assert.equal(new Set(Object.values(one)).size, 7);
    assert.deepEqual(again, one);
    for (const [entry, value] of Object.entries(one)) assert.notEqual(other[entry], value);
  });

  it("exposes the webhook endpoint if configured, after the service and its secret exist", async () => {
    const type = "kubernetes:networking.k8s.io/v1:Ingress";
    assert.deepEqual((await make(false)).recorder.names(type), []);
    const exposure = { host: "hooks.vaarak.example", ingress: { tlsSecret: "hooks-tls" } };
    const { recorder, options } = await make(false, "s3cr3t", {}, exposure);
    assert.deepEqual(recorder.find(type, "ingress-argocd-webhook").inputs, webhookExposure(exposure, {})[0]);
    assert.ok((await dependencies(options["ingress-argocd-webhook"])).includes("secret-argocd-secret"));
  });

  it("keeps the notifications' tokens and keys out of their ConfigMap", async () => {
    const { recorder } = await make(false, undefined, {
      notifications: { url: "https://alerts.example/hook", token: pulumi.secret("s3cr3t-token") },
      slack: { channel: "alerts", token: pulumi.secret("s3cr3t-slack") },
      deployments: {
        appId: 7,
        installationId: 99,
        apiUrl: undefined,
        repository: { owner: "vaarak", name: "gitops" },
        privateKey: pulumi.secret("s3cr3t-key"),
      },
    });
    const { inputs, secrets } = recorder.find("kubernetes:core/v1:Secret", "secret-argocd-notifications-secret");
    assert.deepEqual(inputs.data, {
      "platform-token": base64("s3cr3t-token"),
      "slack-token": base64("s3cr3t-slack"),
      "github-privateKey": base64("s3cr3t-key"),
    });
    assert.deepEqual(secrets, ["data"]);
    const { inputs: settings } = recorder.find("kubernetes:core/v1:ConfigMap", "configmap-argocd-notifications-cm");
    assert.doesNotMatch(JSON.stringify(settings), /s3cr3t/);
  });

  it("keeps the client's secret of the single sign-on in a Secret, and refers to it", async () => {
    const { recorder } = await make(false, undefined, {
      signOn: {
        oidc: {
          name: "SSO",
          issuer: "https://id.example",
          clientId: "argocd",
          groupsClaim: "groups",
          scopes: ["openid"],
        },
      },
      ssoClientSecret: pulumi.secret("s3cr3t-client"),
    });
    const { inputs, secrets } = recorder.find("kubernetes:core/v1:Secret", "secret-argocd-secret");
    const entries = inputs.data as Record<string, string>;
    assert.equal(entries["oidc.clientSecret"], base64("s3cr3t-client"));
    assert.ok("webhook.github.secret" in entries);
    assert.deepEqual(secrets, ["data"]);
    const { inputs: settings } = recorder.find("kubernetes:core/v1:ConfigMap", "configmap-argocd-cm");
    assert.match(JSON.stringify(settings), /clientSecret: \$oidc\.clientSecret/);
    assert.doesNotMatch(JSON.stringify(settings), /s3cr3t/);
  });

  it("exposes the web page if configured, after the service exists", async () => {
    const address = { host: "argocd.example", ingress: { tlsSecret: "web-tls" } };
    const { recorder, options } = await make(false, undefined, { address });
    const [ingress] = addressObjects(address, {});
    assert.deepEqual(recorder.find("kubernetes:networking.k8s.io/v1:Ingress", "ingress-argocd-server").inputs, ingress);
    assert.ok((await dependencies(options["ingress-argocd-server"])).includes("secret-argocd-secret"));
  });

  it("protects what every Application needs", async () => {
    assert.deepEqual(protectedNames(await make(true)), [
      "appproject-default",
      "customresourcedefinition-applications.argoproj.io",
      "namespace-argocd",
    ]);
    assert.deepEqual(protectedNames(await make(false)), []);
  });
});

describe("Delivery", () => {
  const services = [
    { name: "api", namespace: "backend" },
    { name: "mail", namespace: "backend" },
    { name: "web", namespace: "web" },
  ];
  const make = (environment: Environment, token?: string, handover: readonly Service[] = []) =>
    construct((opts) => {
      const argocd = new Argocd(
        "argocd",
        {
          manifest: smallManifest(),
          environment: environment.name,
          delivery: environment.delivery,
          url: undefined,
          notifications: undefined,
          parameters: {},
          webhookSecret: pulumi.secret("s3cr3t"),
          protect: false,
        },
        {},
      );
      const repository = {
        url: "https://github.com/vaarak/gitops.git",
        credential: token === undefined ? undefined : ({ kind: "token", token: pulumi.secret(token) } as const),
      };
      const guard = guardExemptions();
      return new Delivery("delivery", { environment, handover, guard, repository, argocd, content: [] }, opts);
    }, environment.name);

  it("creates the Application of the catalogue after its project and the controller", async () => {
    const { recorder, options } = await make(dev, "ghp_read");
    assert.deepEqual(recorder.names("kubernetes:argoproj.io/v1alpha1:Application"), ["application-catalogue"]);
    assert.deepEqual(recorder.names("kubernetes:core/v1:Namespace"), ["namespace-argocd"]);
    assert.deepEqual(await dependencies(options["application-catalogue"]), [
      "appproject-dev-catalogue",
      "deployment-argocd-server",
      "secret-gitops-repository",
      "statefulset-argocd-application-controller",
    ]);
    assert.deepEqual(await dependencies(options["appproject-dev-catalogue"]), [
      "customresourcedefinition-applications.argoproj.io",
      "namespace-argocd",
    ]);
  });

  describe("of services that an earlier version delivered", () => {
    const HANDED_OVER = [
      ...["application-api", "application-mail", "application-web"],
      ...["appproject-prod-api", "appproject-prod-mail", "appproject-prod-web"],
      ...["namespace-backend", "namespace-web"],
      ...["networkpolicy-backend-default-deny", "networkpolicy-web-default-deny"],
      ...["resourcequota-backend-pods", "resourcequota-web-pods"],
    ];

    it("registers what that version did, so that nothing is deleted, then or later", async () => {
      const [before, made] = [await make(prod), await make(prod, undefined, services)];
      const known = new Set(before.recorder.resources.map(({ name }) => name));
      const added = made.recorder.resources.map(({ name }) => name).filter((name) => !known.has(name));
      assert.deepEqual(added.sort(), HANDED_OVER);
      assert.deepEqual(retainedNames(made), HANDED_OVER);
      // Pulumi does not forget a protected resource.
      assert.deepEqual(protectedNames(made), protectedNames(before));
      for (const name of HANDED_OVER) assert.deepEqual(made.options[name]?.ignoreChanges, ["spec"], name);
    });

    it("lets the catalogue take over what it declares, and keeps the label of a namespace's service", async () => {
      const { recorder } = await make(prod, undefined, services);
      const handed = recorder.resources
        .filter(({ inputs }) => {
          const { annotations } = (inputs.metadata ?? {}) as { annotations?: Record<string, string> };
          return annotations?.["gitops-platform/handover"] === "catalogue";
        })
        .map(({ name }) => name);
      assert.deepEqual(
        handed.sort(),
        HANDED_OVER.filter((name) => /^(app|namespace)/.test(name)),
      );
      for (const [name, owner] of [
        ["backend", "api"],
        ["web", "web"],
      ]) {
        const { metadata } = recorder.find("kubernetes:core/v1:Namespace", `namespace-${name}`).inputs;
        assert.equal((metadata as { labels: Record<string, string> }).labels["gitops-platform/service"], owner);
      }
    });

    it("takes nothing over before the stack has registered all of it", async () => {
      const { options } = await make(prod, undefined, services);
      const before = await dependencies(options["application-catalogue"]);
      for (const name of HANDED_OVER) assert.ok(before.includes(name), name);
    });
  });

  it("registers the guard of the label before the bindings that select by it", async () => {
    const { options } = await make(prod);
    const [label, ...others] = ["namespaces", "delivered", "limits", "argocd"].map(
      (suffix) => `gitops-platform-guard-${suffix}`,
    );
    const policyOf = (name = "") => `validatingadmissionpolicy-${name}`;
    const bindingOf = (name = "") => `validatingadmissionpolicybinding-${name}`;
    assert.deepEqual(await dependencies(options[bindingOf(label)]), [policyOf(label)]);
    for (const name of others) {
      assert.deepEqual(await dependencies(options[bindingOf(name)]), [policyOf(name), bindingOf(label)].sort());
    }
  });

  it("creates no repository Secret if no credential is configured", async () => {
    assert.deepEqual((await make(dev)).recorder.names("kubernetes:core/v1:Secret"), [
      "secret-argocd-notifications-secret",
      "secret-argocd-secret",
    ]);
    const { inputs, secrets } = (await make(dev, "ghp_read")).recorder.find(
      "kubernetes:core/v1:Secret",
      "secret-gitops-repository",
    );
    assert.deepEqual(secrets, ["data"]);
    assert.deepEqual(inputs.data, {
      type: base64("git"),
      url: base64("https://github.com/vaarak/gitops.git"),
      username: base64("x-access-token"),
      password: base64("ghp_read"),
    });
  });

  it("protects what applies production's catalogue", async () => {
    const made = await make(prod);
    assert.deepEqual(protectedNames(made), ["application-catalogue", "appproject-prod-catalogue"]);
    assert.deepEqual(retainedNames(made), []);
  });

  it("lets all of dev be destroyed", async () => {
    const made = await make(dev);
    assert.deepEqual(protectedNames(made), []);
    assert.deepEqual(retainedNames(made), []);
  });
});

describe("GitopsRepository", () => {
  const approved = new Map([["prod", [{ path: "manifests/api/manifests.yaml", text: "---\nkind: Service\n" }]]]);
  const content = [
    { path: "README.md", text: "# Hello\n" },
    { path: "environments/dev/api.yaml", text: "replicaCount: 1\n" },
  ];
  const make = (changes: Partial<Ownership> = {}, environments = graph) =>
    construct((opts) => makeRepository(opts, changes, environments));
  const makeRepository = (
    opts: pulumi.ComponentResourceOptions,
    changes: Partial<Ownership> = {},
    environments = graph,
  ) => {
    const cluster = new KubernetesObject({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } }, {});
    const ownership: Ownership = {
      githubToken: pulumi.secret("ghp_owner"),
      apiUrl: undefined,
      visibility: "private",
      adopt: false,
      empty: false,
      filled: false,
      seed: { services: ["api"], team: "platform", image: undefined },
      enforcement: "active",
      checksApp: 17,
      apps: [
        { name: "bump", appId: 18, key: pulumi.secret("bump-key") },
        { name: "release", appId: 17, key: pulumi.secret("release-key") },
      ],
      releasePublicKey: "ssh-rsa AAAA",
      releaseAlertsUrl: pulumi.secret("https://hooks.example/hook-key"),
      ciAccounts: ["ci"],
      serviceRepositories: {},
      platformTeam: ["vaarak/platform"],
      platformTeamId: undefined,
      codeOwners: {},
      approvals: [{ environment: "prod", approvers: ["ada", "vaarak/approvers"] }],
      webhooks: [{ name: "dev", url: "https://argocd.dev.example/api/webhook", secret: pulumi.secret("s3cr3t") }],
      deployKeys: [],
      ...changes,
    };
    return new GitopsRepository(
      "gitops",
      {
        ...{ repository: "gitops", ownership, graph: environments, delivery: deliveryOf(environments) },
        ...{ content, approved, protect: true, after: [cluster] },
      },
      opts,
    );
  };

  it("adds a later environment with its own approvers, and nothing else of it to a repository in use", async () => {
    const approvals = [
      { environment: "prod", approvers: ["ada", "vaarak/approvers"] },
      { environment: "prod-eu", approvers: ["vaarak/eu-approvers"] },
    ];
    const [before, after] = [await make({ filled: true }), await make({ approvals, filled: true }, TWO_PRODUCTIONS)];
    const namesOf = ({ recorder }: typeof before) => recorder.resources.map(({ name }) => name);
    assert.deepEqual(
      namesOf(after)
        .filter((name) => !namesOf(before).includes(name))
        .sort(),
      [
        "branch-env/prod-eu",
        "environment-prod-eu",
        "environment-prod-eu-main",
        "file-env/prod-eu/.github/CODEOWNERS",
        "ruleset-env/prod-eu",
        // Write access, without which GitHub would ignore the owners.
        "team-eu-approvers",
      ],
    );
    const file = after.recorder.find(
      "github:index/repositoryFile:RepositoryFile",
      "file-env/prod-eu/.github/CODEOWNERS",
    );
    assert.match(String(file.inputs.content), /^\* @vaarak\/eu-approvers$/m);
    const reserved = after.recorder.find("github:index/repositoryRuleset:RepositoryRuleset", "ruleset-env/*");
    assert.deepEqual(reserved.inputs.conditions, {
      refName: { includes: ["refs/heads/env/**/*"], excludes: ["refs/heads/env/prod", "refs/heads/env/prod-eu"] },
    });
  });

  it("creates a private repository that deletes merged branches and is never deleted itself", async () => {
    const made = await make();
    assert.deepEqual(made.recorder.find("github:index/repository:Repository", "repository").inputs, {
      name: "gitops",
      description: "The desired state of our clusters, which Argo CD applies",
      visibility: "private",
      autoInit: true,
      deleteBranchOnMerge: true,
      hasIssues: true,
      hasProjects: false,
      hasWiki: false,
      archiveOnDestroy: true,
    });
    assert.deepEqual(protectedNames(made), [
      "branch-env/prod",
      "environment-bump",
      "environment-bump-main",
      "environment-dev",
      "environment-dev-main",
      "environment-prod",
      "environment-prod-main",
      "environment-release",
      "environment-release-main",
      "environment-staging",
      "environment-staging-main",
      "repository",
      "ruleset-env/*",
      "ruleset-env/prod",
      "ruleset-main",
      "ruleset-release",
      "ruleset-release/**/*",
      "ruleset-reserved branches",
      "webhook-dev",
    ]);
  });

  it("outlives the stack with its content, its rulesets and the other clusters' webhooks", async () => {
    assert.deepEqual(retainedNames(await make({ deployKeys: [{ environment: "dev", key: "ssh-ed25519 AAAA" }] })), [
      "branch-env/prod",
      "branch-main",
      "default-branch",
      "environment-bump",
      "environment-dev",
      "environment-prod",
      "environment-release",
      "environment-staging",
      "file-.github/CODEOWNERS",
      "file-.github/gitops/allowed_signers",
      "file-.github/gitops/approvers.yaml",
      "file-.github/gitops/ci.yaml",
      "file-.github/gitops/delivery.yaml",
      "file-.github/gitops/environments.yaml",
      "file-README.md",
      ...["dev", "prod", "staging"].map((environment) => `file-delivery/${environment}/README.md`),
      "file-env/prod/.github/CODEOWNERS",
      "file-env/prod/manifests/api/manifests.yaml",
      "file-environments/dev/api.yaml",
      "repository",
      "ruleset-env/*",
      "ruleset-env/prod",
      "ruleset-main",
      "ruleset-release",
      "ruleset-release/**/*",
      "ruleset-reserved branches",
      "team-approvers",
      "team-platform",
      "webhook-dev",
    ]);
  });

  it("writes the first content file by file, and never again", async () => {
    const { recorder, options } = await make();
    assert.deepEqual(recorder.find("github:index/repositoryFile:RepositoryFile", "file-README.md").inputs, {
      repository: "gitops",
      branch: "main",
      file: "README.md",
      content: "# Hello\n",
      commitMessage: "Add README.md",
      overwriteOnCreate: true,
    });
    const values = recorder.find("github:index/repositoryFile:RepositoryFile", "file-environments/dev/api.yaml");
    assert.equal(values.inputs.overwriteOnCreate, false);
    assert.deepEqual(await dependencies(options["file-README.md"]), ["default-branch"]);
    assert.deepEqual(await dependencies(options["file-environments/dev/api.yaml"]), ["file-README.md"]);
    assert.deepEqual(options["file-README.md"]?.ignoreChanges, [
      "content",
      "branch",
      "commitMessage",
      "commitAuthor",
      "commitEmail",
      "overwriteOnCreate",
    ]);
  });

  it("commits to main, even if the organisation has another default branch name", async () => {
    const { recorder, options } = await make();
    assert.deepEqual(recorder.find("github:index/branch:Branch", "branch-main").inputs, {
      repository: "gitops",
      branch: "main",
      sourceBranch: "trunk",
    });
    assert.deepEqual(options["branch-main"]?.ignoreChanges, ["sourceBranch", "sourceSha"]);
    assert.deepEqual(recorder.find("github:index/branchDefault:BranchDefault", "default-branch").inputs, {
      repository: "gitops",
      branch: "main",
    });
    assert.deepEqual(await dependencies(options["default-branch"]), ["branch-main"]);
  });

  it("writes each branch's own CODEOWNERS, once", async () => {
    const { recorder, options } = await make({ codeOwners: { "/environments/dev/": ["ada", "bob"] } });
    const file = (name: string) => recorder.find("github:index/repositoryFile:RepositoryFile", name).inputs;
    const header = (branch: string) =>
      `# Who must approve a change on the branch ${branch}. The last line that matches a path decides.\n` +
      "# This file differs from branch to branch, so a release never includes it.\n";
    assert.deepEqual(file("file-.github/CODEOWNERS"), {
      repository: "gitops",
      branch: "main",
      file: ".github/CODEOWNERS",
      content:
        `${header("main")}* @vaarak/platform\n/environments/\n/environments/dev/ @ada @bob\n` +
        "/charts/ @vaarak/platform\n/gitops.yaml @vaarak/platform\n/gitops.schema.json @vaarak/platform\n" +
        "/services/ @vaarak/platform\n/delivery/ @vaarak/platform\n/service.schema.json @vaarak/platform\n" +
        "/.github/ @vaarak/platform\n",
      commitMessage: "Add .github/CODEOWNERS",
      overwriteOnCreate: false,
    });
    assert.deepEqual(file("file-env/prod/.github/CODEOWNERS"), {
      repository: "gitops",
      branch: "env/prod",
      file: ".github/CODEOWNERS",
      content: `${header("env/prod")}* @ada @vaarak/approvers\n`,
      commitMessage: "Make the approvers own env/prod",
      overwriteOnCreate: true,
    });
    const owners = options["file-env/prod/.github/CODEOWNERS"];
    assert.deepEqual(await dependencies(owners), ["branch-env/prod"]);
    assert.ok(owners?.ignoreChanges?.includes("content"));
  });

  it("creates the approval branch from the complete first content", async () => {
    const { recorder, options } = await make();
    assert.deepEqual(recorder.find("github:index/branch:Branch", "branch-env/prod").inputs, {
      repository: "gitops",
      branch: "env/prod",
      sourceBranch: "main",
    });
    const signers = "file-.github/gitops/allowed_signers";
    assert.deepEqual(await dependencies(options[signers]), ["file-environments/dev/api.yaml"]);
    const approvers = "file-.github/gitops/approvers.yaml";
    assert.deepEqual(await dependencies(options["file-.github/gitops/ci.yaml"]), [signers]);
    assert.deepEqual(await dependencies(options["file-.github/CODEOWNERS"]), [approvers]);
    assert.deepEqual(await dependencies(options["branch-env/prod"]), ["file-.github/CODEOWNERS", "ruleset-env/*"]);
    const { recorder: none } = await make({ approvals: [] });
    assert.deepEqual(none.names("github:index/branch:Branch"), ["branch-main"]);
  });

  it("protects a branch only after everything is written to it", async () => {
    const { recorder, options } = await make();
    const teams = ["team-approvers", "team-platform"];
    assert.deepEqual(await dependencies(options["ruleset-env/*"]), ["file-.github/CODEOWNERS", ...teams]);
    const manifests = "file-env/prod/manifests/api/manifests.yaml";
    assert.deepEqual(await dependencies(options[manifests]), ["file-env/prod/.github/CODEOWNERS"]);
    assert.deepEqual(await dependencies(options["ruleset-env/prod"]), [manifests, ...teams]);
    const names = ["ruleset-release", "ruleset-release/**/*", "ruleset-reserved branches"];
    for (const name of names) {
      assert.deepEqual(await dependencies(options[name]), ["file-.github/CODEOWNERS", ...teams]);
    }
    assert.deepEqual(await dependencies(options["ruleset-main"]), [
      "file-.github/CODEOWNERS",
      "ruleset-env/prod",
      ...names,
      ...teams,
    ]);
    const { inputs } = recorder.find("github:index/repositoryRuleset:RepositoryRuleset", "ruleset-env/prod");
    const protection = { enforcement: "active", checksApp: 17, platformTeamId: undefined } as const;
    assert.deepEqual(inputs, { repository: "gitops", ...environmentRuleset("prod", protection) });
  });

  it("gives owner teams write access once, after the first content and before the rulesets", async () => {
    const codeOwners = { "/environments/staging/": ["bob", "vaarak/Approvers", "vaarak/staging"] };
    const { recorder, options } = await make({ codeOwners });
    const type = "github:index/teamRepository:TeamRepository";
    assert.deepEqual(recorder.names(type), ["team-approvers", "team-platform", "team-staging"]);
    const { inputs } = recorder.find(type, "team-staging");
    assert.deepEqual(inputs, { repository: "gitops", teamId: "staging", permission: "push" });
    assert.deepEqual(await dependencies(options["team-staging"]), ["file-.github/CODEOWNERS"]);
    assert.deepEqual((await make({ adopt: true })).recorder.names(type), []);
  });

  it("lets Argo CD read it only when it is protected", async () => {
    let repository: GitopsRepository | undefined;
    await construct((opts) => (repository = makeRepository(opts)));
    assert.deepEqual(await dependencies({ dependsOn: [...(repository?.content ?? [])] }), [
      "file-.github/CODEOWNERS",
      "ruleset-env/*",
      "ruleset-env/prod",
      "ruleset-main",
      "ruleset-release",
      "ruleset-release/**/*",
      "ruleset-reserved branches",
    ]);
  });

  it("keeps each environment's keys from every branch but main", async () => {
    const { recorder, options } = await make();
    const type = "github:index/repositoryEnvironment:RepositoryEnvironment";
    assert.deepEqual(recorder.names(type), [
      "environment-bump",
      "environment-dev",
      "environment-prod",
      "environment-release",
      "environment-staging",
    ]);
    assert.deepEqual(recorder.find(type, "environment-prod").inputs, {
      repository: "gitops",
      environment: "prod",
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
    });
    const policy = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
    assert.deepEqual(recorder.find(policy, "environment-prod-main").inputs, {
      repository: "gitops",
      environment: "prod",
      branchPattern: "main",
    });
    assert.deepEqual(await dependencies(options["environment-prod-main"]), ["environment-prod"]);
  });

  it("gives workflows the Apps' ids, and the keys only to those on main, after the rulesets exist", async () => {
    const { recorder, options } = await make();
    const variable = "github:index/actionsVariable:ActionsVariable";
    const secret = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
    for (const [name, id] of [
      ["bump", "18"],
      ["release", "17"],
    ] as const) {
      const app = `${name.toUpperCase()}_APP`;
      const found = recorder.find(secret, `secret-${app}_KEY`);
      assert.deepEqual(found.inputs, {
        repository: "gitops",
        environment: name,
        secretName: `${app}_KEY`,
        value: `${name}-key`,
      });
      assert.deepEqual(found.secrets, ["value"]);
      assert.deepEqual(recorder.find(variable, `variable-${app}_ID`).inputs, {
        repository: "gitops",
        variableName: `${app}_ID`,
        value: id,
      });
      const after = [`environment-${name}-main`, "ruleset-main"];
      assert.deepEqual(await dependencies(options[`secret-${app}_KEY`]), after);
      assert.equal(options[`secret-${app}_KEY`]?.retainOnDelete, undefined);
    }
  });

  it("gives each App's workflows the URL for their alerts, after the rulesets", async () => {
    const { recorder, options } = await make();
    for (const [name, environment] of [
      ["secret-ALERTS_URL", "release"],
      ["secret-ALERTS_URL-bump", "bump"],
    ] as const) {
      const { inputs, secrets } = recorder.find("github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret", name);
      assert.deepEqual([inputs.environment, inputs.secretName, secrets], [environment, "ALERTS_URL", ["value"]]);
      assert.deepEqual(await dependencies(options[name]), [`environment-${environment}-main`, "ruleset-main"]);
    }
  });

  it("creates empty deployment environments for the keys that people set", async () => {
    const { recorder } = await make({
      apps: [
        { name: "bump", appId: undefined, key: undefined },
        { name: "release", appId: 17, key: undefined },
      ],
      releasePublicKey: undefined,
      releaseAlertsUrl: undefined,
    });
    assert.deepEqual(recorder.names("github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret"), []);
    assert.deepEqual(recorder.names("github:index/actionsVariable:ActionsVariable"), ["variable-RELEASE_APP_ID"]);
    assert.ok(recorder.names("github:index/repositoryEnvironment:RepositoryEnvironment").includes("environment-bump"));
  });

  it("registers the public deploy keys as read-only, and deletes them with the stack", async () => {
    const made = await make({ deployKeys: [{ environment: "dev", key: "ssh-ed25519 AAAA" }] });
    assert.deepEqual(
      made.recorder.find("github:index/repositoryDeployKey:RepositoryDeployKey", "deploy-key-dev").inputs,
      {
        repository: "gitops",
        title: "argocd-dev",
        key: "ssh-ed25519 AAAA",
        readOnly: true,
      },
    );
    assert.equal(made.options["deploy-key-dev"]?.retainOnDelete, undefined);
  });

  it("creates nothing on GitHub before the cluster has accepted the first object", async () => {
    assert.deepEqual(await dependencies((await make()).options.repository), ["namespace-argocd"]);
  });

  it("registers each cluster's webhook, signed, for pushes only", async () => {
    const { recorder } = await make();
    assert.deepEqual(recorder.find("github:index/repositoryWebhook:RepositoryWebhook", "webhook-dev").inputs, {
      repository: "gitops",
      events: ["push"],
      active: true,
      configuration: {
        url: "https://argocd.dev.example/api/webhook",
        secret: "s3cr3t",
        contentType: "json",
        insecureSsl: false,
      },
    });
  });

  it("adopts a repository without changing it", async () => {
    const { recorder, options } = await make({ adopt: true, enforcement: "disabled" });
    assert.deepEqual(recorder.names("github:index/repositoryFile:RepositoryFile"), []);
    assert.deepEqual(recorder.names("github:index/branchDefault:BranchDefault"), []);
    const ruleset = recorder.find("github:index/repositoryRuleset:RepositoryRuleset", "ruleset-env/prod");
    assert.equal(ruleset.inputs.enforcement, "disabled");
    assert.deepEqual(await dependencies(options["ruleset-env/prod"]), ["branch-env/prod"]);
    assert.equal(options.repository?.import, "gitops");
    const { inputs } = recorder.find("github:index/repository:Repository", "repository");
    assert.deepEqual(options.repository.ignoreChanges?.slice().sort(), Object.keys(inputs).sort());
    assert.deepEqual(await dependencies(options["branch-env/prod"]), ["repository", "ruleset-env/*"]);
  });

  it("imports a repository that is empty, and writes its first content", async () => {
    const { recorder, options } = await make({ empty: true });
    assert.equal(options.repository?.import, "gitops");
    assert.notDeepEqual(recorder.names("github:index/repositoryFile:RepositoryFile"), []);
    assert.deepEqual(recorder.names("github:index/branchDefault:BranchDefault"), ["default-branch"]);
  });
});

describe("providers", () => {
  const ownership = { githubToken: pulumi.output("ghp_owner") } as Ownership;
  const githubInputs = async (apiUrl: string | undefined) => {
    const { recorder } = await construct(() => githubProvider("vaarak", { ...ownership, apiUrl }));
    return recorder.find("pulumi:providers:github", "github").inputs;
  };

  it("identify the cluster by kubeconfig and context", async () => {
    const kubeconfig = { path: "/k/config" };
    const { recorder } = await construct(() => clusterProvider({ kubeconfig, context: "prod" }));
    assert.deepEqual(recorder.find("pulumi:providers:kubernetes", "cluster").inputs, {
      kubeconfig: "/k/config",
      context: "prod",
      clusterIdentifier: "prod",
      enableConfigMapMutable: "true",
      enableSecretMutable: "true",
      enablePatchForce: "true",
    });
  });

  it("keep the content of a kubeconfig secret", async () => {
    const kubeconfig = { content: "users: [{ name: ada, user: { token: t0k3n } }]" };
    const { recorder } = await construct(() => clusterProvider({ kubeconfig, context: "prod" }));
    assert.deepEqual(recorder.find("pulumi:providers:kubernetes", "cluster").secrets, ["kubeconfig"]);
  });

  it("write to github.com with pauses, and to a self-hosted server without", async () => {
    const { owner, baseUrl, writeDelayMs } = await githubInputs(undefined);
    assert.deepEqual([owner, baseUrl, writeDelayMs], ["vaarak", "https://api.github.com/", undefined]);
    const server = await githubInputs("https://github.example/");
    assert.deepEqual([server.baseUrl, server.writeDelayMs], ["https://github.example/", "0"]);
  });
});

function protectedNames({ options }: Construction): string[] {
  return namesWhere(options, ({ protect }) => protect === true);
}

function retainedNames({ options }: Construction): string[] {
  return namesWhere(options, ({ retainOnDelete }) => retainOnDelete === true);
}

function namesWhere(
  options: Construction["options"],
  holds: (opts: pulumi.CustomResourceOptions) => boolean,
): string[] {
  return Object.entries(options)
    .filter(([, opts]) => holds(opts))
    .map(([name]) => name)
    .sort();
}
