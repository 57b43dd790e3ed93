import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import { checkParameters } from "@gitops-platform/components/argocd/parameters";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import type { ClusterFacts } from "@gitops-platform/environments/cluster";
import { formatProblem, formatReport, ProblemError, type Problem } from "@gitops-platform/contract/problems";
import { schemas } from "@gitops-platform/environments/settings/table";
import { resolveSettings, type FindRelease, type Settings } from "@gitops-platform/environments/settings";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { KubeconfigFile, raw } from "@gitops-platform/test-support/stack";

// Tests the settings from a configuration, and each error. The engine's tests and the end-to-end tests check that
// Pulumi passes the configuration in this form.

describe("settings", () => {
  const kubeconfig = new KubeconfigFile(["dev", "staging", "prod"]);
  after(() => {
    kubeconfig.remove();
  });

  const newRsaKey = () =>
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const rsaKey = newRsaKey();
  const repository = { owner: "vaarak", name: "gitops" };
  const alerts = "https://alerts.example/hook";
  const declared = "A service is declared in the GitOps repository; docs/adding-a-service.md says how to hand it over.";
  const dev = () => ({ kubeconfig: kubeconfig.path, context: "dev", repository, webhookSecret: "dev-secret" });
  const contentOf = (context: string) => JSON.stringify({ contexts: [{ name: context, context: { cluster: "c" } }] });
  const byContent = (context: string) => ({
    context,
    repository,
    webhookSecret: "dev-secret",
    kubeconfigContent: contentOf(context),
  });
  const owned = {
    ...repository,
    platformTeam: ["vaarak/platform"],
    approvers: { prod: ["vaarak/approvers"] },
    checksApp: 17,
  };
  const prod = () => ({
    kubeconfig: kubeconfig.path,
    context: "prod",
    repository: owned,
    githubToken: "ghp_owner",
    webhookSecret: "prod-secret",
  });
  const findSmall: FindRelease<readonly Manifest[]> = ({ parameters }) => {
    const release = smallManifest();
    return Promise.resolve({ release, problems: checkParameters(parameters, release) });
  };
  const resolve = (stack: string, values: Record<string, unknown>, find = findSmall) =>
    resolveSettings(stack, raw(values), find);

  async function settings(stack: string, values: Record<string, unknown>): Promise<Settings> {
    const result = await resolve(stack, values);
    if ("problems" in result) throw new Error(formatReport(stack, result.problems));
    return result.settings;
  }

  async function problems(stack: string, values: Record<string, unknown>): Promise<string[]> {
    const result = await resolve(stack, values);
    return "problems" in result ? result.problems.map(formatProblem) : [];
  }

  const plain = <T>(output: pulumi.Output<T> | undefined) =>
    new Promise<T>((found) => {
      output?.apply(found);
    });

  it("accept a kubeconfig's content instead of its path", async () => {
    const { cluster } = await settings("dev", byContent("dev"));
    assert.deepEqual(cluster, { kubeconfig: { content: contentOf("dev") }, context: "dev" });
  });

  describe("defaults", () => {
    it("come from dev's policy and github.com", async () => {
      const { environment, cluster, handover, repository: found, ownership, argocd } = await settings("dev", dev());
      assert.deepEqual(environment.delivery, { sync: "auto", drift: "heal" });
      assert.equal(environment.protect, false);
      assert.deepEqual(cluster, { kubeconfig: { path: kubeconfig.path }, context: "dev" });
      assert.deepEqual(handover, []);
      assert.equal(found.url, "https://github.com/vaarak/gitops.git");
      assert.equal(found.credential, undefined);
      assert.equal(ownership, undefined);
      assert.deepEqual(argocd.parameters, {});
      assert.equal(await plain(argocd.webhookSecret), "dev-secret");
    });

    it("make prod own the repository, protected and replicated", async () => {
      const { environment, ownership } = await settings("prod", prod());
      assert.deepEqual(environment.delivery, { sync: "manual", drift: "heal" });
      assert.equal(environment.protect, true);
      assert.equal(environment.highAvailability, true);
      assert.ok(ownership);
      assert.equal(ownership.visibility, "private");
      assert.equal(ownership.adopt, false);
      assert.deepEqual(ownership.approvals, [{ environment: "prod", approvers: ["vaarak/approvers"] }]);
      assert.deepEqual(ownership.platformTeam, ["vaarak/platform"]);
      assert.equal(ownership.checksApp, 17);
      assert.equal(ownership.enforcement, "active");
      assert.deepEqual([ownership.webhooks, ownership.deployKeys, ownership.codeOwners], [[], [], {}]);
    });
  });

  it("lets the stack override each setting of its environment", async () => {
    const { environment } = await settings("staging", {
      ...{ ...dev(), context: "staging" },
      delivery: { sync: "manual", drift: "alert" },
      protect: true,
      argocd: { notifications: alerts, highAvailability: true },
    });
    assert.deepEqual(environment.delivery, { sync: "manual", drift: "alert" });
    assert.equal(environment.protect, true);
    assert.equal(environment.highAvailability, true);
  });

  it("declares the first services, with the first team of the platform as their owner", async () => {
    const seed = async (changes: object) =>
      (await settings("prod", { ...prod(), repository: { ...owned, ...changes } })).ownership?.seed;
    const api = { services: ["api"], team: "platform", image: undefined };
    assert.deepEqual(await seed({}), api);
    assert.deepEqual(await seed({ platformTeam: ["ada", "vaarak/Core", "vaarak/platform"] }), { ...api, team: "core" });
    assert.deepEqual(await seed({ seedTeam: "payments" }), { ...api, team: "payments" });
    assert.deepEqual(await seed({ seed: ["shop", "web"] }), { ...api, services: ["shop", "web"] });
    assert.deepEqual((await seed({ adopt: true }))?.services, []);
    assert.deepEqual((await seed({ platformTeam: ["ada", "ben"], filled: true }))?.services, []);
  });

  describe("of services that an earlier version delivered", () => {
    const guide = "docs/adding-a-service.md says how the catalogue takes services over.";
    const report = async (handover: object[] | undefined, more: Partial<ClusterFacts> = APPLICATIONS) => {
      const cluster = { servesPolicies: true, version: "v1.34.1", oldest: "1.34", user: "ada", groups: [] };
      const facts = { ...cluster, groups: ["system:masters"], ...more };
      const known = () => Promise.resolve(facts);
      const values = { ...dev(), ...(handover && { handover }) };
      const result = await resolveSettings("dev", raw(values), findSmall, () => Promise.resolve([]), known);
      return "problems" in result ? result.problems.map(formatProblem) : [];
    };
    const APPLICATIONS: Partial<ClusterFacts> = {
      applications: [
        { service: "api", namespace: "api", isCatalogues: false },
        { service: "web", namespace: "shop", isCatalogues: false },
        { service: "mail", namespace: "mail", isCatalogues: true },
      ],
    };
    const [api, web, mail] = [{ name: "api" }, { name: "web", namespace: "shop" }, { name: "mail" }];

    it("forgets none whose Application is not yet the catalogue's", async () => {
      const forgotten = (got: string, name: string, namespace: string) =>
        `handover: got ${got}; expected the service ${name} in the namespace ${namespace} too, whose Application is ` +
        `not yet the catalogue's. Add it, or up would delete what the stack delivered. ${guide}`;
      const both = [forgotten("nothing", "api", "api"), forgotten("nothing", "web", "shop")];
      assert.deepEqual(await report(undefined), both);
      assert.deepEqual(await report([]), both);
      assert.deepEqual(await report([web]), [forgotten("web", "api", "api")]);
      assert.deepEqual(await report([web, api]), []);
      assert.deepEqual(await report([web, api, mail]), []);
    });

    it("names no other namespace, and no service that the cluster does not have", async () => {
      assert.deepEqual(await report([api, { name: "web" }, { name: "new" }]), [
        `handover[1].namespace: got "web"; expected "shop", where its Application delivers it. Correct it. ${guide}`,
        'handover[2].name: got "new"; expected a service in the cluster. ' +
          "Remove it: gitops service add declares a new service.",
      ]);
    });

    it("have no name that the platform uses itself, because up would change their objects into its own", async () => {
      const rename =
        "The platform uses this name itself. With the version of before, add the service under another name and in " +
        "another namespace, move its traffic and data there, and remove the old one.";
      const applications = [{ service: "catalogue", namespace: "catalogue", isCatalogues: false }];
      assert.deepEqual(await report([], { applications }), [
        "handover: got the Application catalogue, which delivers a service in the namespace catalogue; " +
          `expected a service with another name. ${rename}`,
      ]);
      const named = [`handover[0].name: got "catalogue"; expected another name. ${rename}`];
      assert.deepEqual(await report([{ name: "catalogue" }], { applications }), named);
      assert.deepEqual(await report([{ name: "catalogue", namespace: "catalogue" }], {}), named);
    });

    it("is set, with every namespace, where the cluster's Applications cannot be read", async () => {
      const fix =
        "Name each service with its namespace: up would delete what is not named. " +
        `Then check that pulumi preview deletes no Namespace, AppProject or Application. ${guide}`;
      const unknown =
        "handover: got nothing, and a cluster whose Applications cannot be read; expected the services that an " +
        `earlier version delivered from this stack, or [] if there are none. ${fix}`;
      const withoutNamespace =
        "handover[1].namespace: got nothing, and a cluster whose Applications cannot be read; expected the " +
        `service's namespace, also if it has the service's name. ${fix}`;
      assert.deepEqual(await report(undefined, {}), [unknown]);
      assert.deepEqual(await report([], {}), []);
      assert.deepEqual(await report([web], {}), []);
      assert.deepEqual(await report([web, api], {}), [withoutNamespace]);
      const none = () => Promise.resolve(undefined);
      const result = await resolveSettings("dev", raw(dev()), findSmall, () => Promise.resolve([]), none);
      assert.deepEqual("problems" in result ? result.problems.map(formatProblem) : [], [unknown]);
    });
  });

  it("hands services over in the namespace of their name, unless it says another one", async () => {
    const { handover } = await settings("dev", {
      ...dev(),
      handover: [{ name: "api" }, { name: "web", namespace: "shop" }],
    });
    assert.deepEqual(handover, [
      { name: "api", namespace: "api" },
      { name: "web", namespace: "shop" },
    ]);
  });

  it("refuses a policy that would leave production's approval branch, or need one", async () => {
    const own = "prod has an approval branch. Set it in environments/prod.ts: then prod follows main, and env/prod";
    for (const delivery of [{ drift: "alert" }, { sync: "auto" }]) {
      const [problem = "", ...more] = await problems("prod", {
        ...prod(),
        delivery,
        argocd: { notifications: alerts },
      });
      assert.ok(problem.includes(`; expected sync: manual, drift: heal, because ${own} is used no more.`), problem);
      assert.deepEqual(more, []);
    }
  });

  it("converts parameters to strings, because a ConfigMap holds nothing else", async () => {
    const { argocd } = await settings("dev", { ...dev(), argocd: { parameters: { "server.insecure": true } } });
    assert.deepEqual(argocd.parameters, { "server.insecure": "true" });
  });

  it("keeps every secret secret", async () => {
    const {
      argocd,
      repository: found,
      ownership,
    } = await settings("prod", {
      ...prod(),
      repositoryToken: "ghp_read",
      argocd: { notifications: alerts },
      notificationsToken: "t0k3n",
      webhookSecret: "prod-secret",
      webhooks: { prod: "https://argocd.example/api/webhook" },
      webhookSecrets: { prod: "prod-secret" },
    });
    const token = found.credential?.kind === "token" ? found.credential.token : undefined;
    const cluster = [argocd.webhookSecret, argocd.notifications?.token];
    const outputs = [...cluster, token, ownership?.githubToken, ownership?.webhooks[0]?.secret];
    const values = ["prod-secret", "t0k3n", "ghp_read", "ghp_owner", "prod-secret"];
    assert.deepEqual(await Promise.all(outputs.map(plain)), values);
    for (const output of outputs) assert.equal(output && (await pulumi.isSecret(output)), true);
  });

  it("gives the owning stack the code owners, webhooks and deploy keys", async () => {
    const { ownership } = await settings("prod", {
      ...prod(),
      repository: {
        ...owned,
        adopt: true,
        enforcement: "disabled",
        platformTeamId: 5,
        ciAccounts: ["ci"],
        serviceRepositories: { web: "vaarak/web-app" },
        codeOwners: { "/environments/dev/": ["vaarak/dev"] },
      },
      webhooks: { dev: "https://a.example/api/webhook" },
      applicationSetWebhooks: { dev: "https://b.example/api/webhook" },
      webhookSecrets: { dev: "dev-secret" },
      deployKeys: { dev: `ssh-ed25519 ${"AAAA".repeat(17)}` },
    });
    assert.ok(ownership);
    const { githubToken, webhooks, ...rest } = ownership;
    assert.equal(await plain(githubToken), "ghp_owner");
    assert.deepEqual(rest, {
      apiUrl: undefined,
      visibility: "private",
      adopt: true,
      empty: false,
      filled: false,
      seed: { services: [], team: "platform", image: undefined },
      enforcement: "disabled",
      checksApp: 17,
      apps: [
        { name: "bump", appId: undefined, key: undefined },
        { name: "release", appId: 17, key: undefined },
      ],
      releasePublicKey: undefined,
      releaseAlertsUrl: undefined,
      ciAccounts: ["ci"],
      serviceRepositories: { web: "vaarak/web-app" },
      platformTeam: ["vaarak/platform"],
      platformTeamId: 5,
      codeOwners: { "/environments/dev/": ["vaarak/dev"] },
      approvals: [{ environment: "prod", approvers: ["vaarak/approvers"] }],
      deployKeys: [{ environment: "dev", key: `ssh-ed25519 ${"AAAA".repeat(17)}` }],
    });
    assert.deepEqual(
      webhooks.map(({ name, url }) => [name, url]),
      [
        ["dev", "https://a.example/api/webhook"],
        ["dev-applicationset", "https://b.example/api/webhook"],
      ],
    );
    const secrets = webhooks.map(({ secret }) => secret);
    assert.deepEqual(await Promise.all(secrets.map(plain)), ["dev-secret", "dev-secret"]);
    for (const secret of secrets) assert.equal(await pulumi.isSecret(secret), true);
  });

  it("gives workflows their Apps' keys as secrets, and derives the public key that verifies releases", async () => {
    const [bumpAppKey, releaseAppKey] = [rsaKey, newRsaKey()];
    const repository = { ...owned, bumpApp: 18 };
    const { ownership } = await settings("prod", { ...prod(), repository, bumpAppKey, releaseAppKey });
    const keys = ownership?.apps.map((app) => app.key) ?? [];
    assert.deepEqual(await Promise.all(keys.map(plain)), [bumpAppKey, releaseAppKey]);
    for (const each of keys) assert.equal(each && (await pulumi.isSecret(each)), true);
    assert.match(ownership?.releasePublicKey ?? "", /^ssh-rsa AAAA/);
  });

  it("gives the release workflow the URL for its alerts as a secret, including the query", async () => {
    const releaseAlertsUrl = "https://hooks.example/T0/B0?sig=hunter2";
    const { ownership } = await settings("prod", { ...prod(), repository: owned, releaseAlertsUrl });
    const address = ownership?.releaseAlertsUrl;
    assert.equal(await plain(address), releaseAlertsUrl);
    assert.equal(address && (await pulumi.isSecret(address)), true);
  });

  describe("of Argo CD's read credential", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n";
    const reader = { appId: 7, installationId: 99 };
    const server = { url: "https://git.example/vaarak/gitops.git", apiUrl: "https://git.example/" };
    const cases: [what: string, values: Record<string, unknown>, credential: object][] = [
      [
        "a deploy key",
        { repository: { ...repository, url: "ssh://git@github.com/vaarak/gitops.git" }, repositoryKey: key },
        { kind: "deployKey" },
      ],
      [
        "an App of github.com",
        { repository: { ...repository, reader }, repositoryAppKey: key },
        { kind: "app", ...reader, apiUrl: undefined },
      ],
      [
        "an App of a self-hosted server, at the configured API",
        { repository: { ...repository, ...server, reader }, repositoryAppKey: key },
        { kind: "app", ...reader, apiUrl: "https://git.example/" },
      ],
      [
        "an App of a self-hosted server, at the clone URL's host",
        { repository: { ...repository, ...server, apiUrl: undefined, reader }, repositoryAppKey: key },
        { kind: "app", ...reader, apiUrl: "https://git.example" },
      ],
    ];
    for (const [what, values, expected] of cases) {
      it(`accepts ${what}, and keeps its key secret`, async () => {
        const { credential } = (await settings("dev", { ...dev(), ...values })).repository;
        assert.ok(credential && credential.kind !== "token");
        const { privateKey, ...rest } = credential;
        assert.deepEqual(rest, expected);
        assert.equal(await plain(privateKey), key);
        assert.equal(await pulumi.isSecret(privateKey), true);
      });
    }
  });

  describe("bad input", () => {
    const webhooks = { dev: "https://argocd.dev.example/api/webhook" };
    type Row = [what: string, stack: string, values: () => Record<string, unknown>, messages: string[]];
    const cases: Row[] = [
      [
        "an unknown stack",
        "qa",
        () => dev(),
        ['stack: got "qa"; expected one of dev, staging, prod. Select one: pulumi stack select <environment>.'],
      ],
      [
        "a misspelt key",
        "dev",
        () => ({ ...dev(), handovr: [] }),
        ["handovr: got a value; expected a known key. Did you mean handover?"],
      ],
      [
        "keys with which an earlier version declared services",
        "dev",
        () => ({
          ...dev(),
          services: [{ name: "api" }],
          argocd: { access: { viewer: ["all"], teams: { api: ["api-team"] } } },
        }),
        [
          `services: got a value; expected a known key. Rename it to handover. ${declared}`,
          'argocd.access.teams: got {"api":["api-team"]}; expected a known key. Write its groups into the services\' ' +
            `declarations, as groups. ${declared}`,
        ],
      ],
      [
        "a misspelt key inside another",
        "dev",
        () => ({ ...dev(), repository: { ...repository, onwer: "x" } }),
        ['repository.onwer: got "x"; expected a known key. Did you mean owner?'],
      ],
      [
        "healing as a separate setting",
        "dev",
        () => ({ ...dev(), delivery: { selfHeal: true } }),
        ["delivery.selfHeal: got true; expected a known key. Use drift: heal, with either value of sync."],
      ],
      [
        "Argo CD's own sync policy",
        "dev",
        () => ({ ...dev(), delivery: { sync: "manual", automated: { selfHeal: true } } }),
        ['delivery.automated: got {"selfHeal":true}; expected a known key. Use sync: auto for automated sync.'],
      ],
      [
        "an unknown value of sync",
        "dev",
        () => ({ ...dev(), delivery: { sync: "automatic" } }),
        ['delivery.sync: got "automatic"; expected one of auto, manual. auto follows main; manual waits for a person.'],
      ],
      [
        "a string instead of a map",
        "dev",
        () => ({ ...dev(), delivery: "manual" }),
        [
          'delivery: got "manual"; expected a map with the keys sync, drift. ' +
            "Write it as key: value lines below this key.",
        ],
      ],
      [
        "a string instead of true or false",
        "dev",
        () => ({ ...dev(), protect: "yes" }),
        ['protect: got "yes"; expected true or false. Remove it for the environment\'s default.'],
      ],
      [
        "a service's name that Kubernetes refuses",
        "dev",
        () => ({ ...dev(), handover: [{ name: "Api_1" }] }),
        [
          'handover[0].name: got "Api_1"; expected at most 53 lower-case letters, digits and hyphens, ' +
            "a letter first, no hyphen last. Kubernetes and Helm accept no other names for a service.",
        ],
      ],
      [
        "the same service twice",
        "dev",
        () => ({ ...dev(), handover: [{ name: "api" }, { name: "api", namespace: "other" }] }),
        ['handover[1].name: got "api"; expected a unique name. Remove the second one.'],
      ],
      [
        "a namespace of the cluster",
        "dev",
        () => ({ ...dev(), handover: [{ name: "api", namespace: "kube-system" }] }),
        [
          'handover[0].namespace: got "kube-system"; expected a service\'s namespace. ' +
            "argocd, default and kube-* are reserved.",
        ],
      ],
      [
        "the same first service twice",
        "prod",
        () => ({ ...prod(), repository: { ...owned, seed: ["api", "web", "api"] } }),
        ['repository.seed[2]: got "api"; expected a unique name. Remove the second one.'],
      ],
      [
        "first services with names that are taken",
        "prod",
        () => ({ ...prod(), repository: { ...owned, seed: ["catalogue", "charts", "kube-system"] } }),
        [
          'repository.seed[0]: got "catalogue"; expected another name. The platform uses this name itself.',
          'repository.seed[1]: got "charts"; expected another name. The platform uses this name itself.',
          'repository.seed[2]: got "kube-system"; expected another name. argocd, default and kube-* are reserved, ' +
            "and the service's namespace has its name.",
        ],
      ],
      [
        "first services that no team owns",
        "prod",
        () => ({ ...prod(), repository: { ...owned, platformTeam: ["ada", "ben"] } }),
        [
          "repository.seedTeam: got nothing, and no team in repository.platformTeam; expected the team that owns " +
            "the first services. Set it, or set repository.seed to [] for a repository without services.",
        ],
      ],
      [
        "an alert without a destination, if the stack sets drift to alert",
        "dev",
        () => ({ ...dev(), delivery: { drift: "alert" } }),
        [
          "argocd.notifications: got nothing; expected a URL if drift is alert. Set it to a webhook that notifies " +
            "somebody, or set another receiver, such as argocd.slack: with drift: " +
            "alert, a live edit is only reported.",
        ],
      ],
      [
        "a repository that is both adopted and filled",
        "prod",
        () => ({ ...prod(), repository: { ...owned, adopt: true, empty: true } }),
        [
          "repository.empty: got true; expected false if repository.adopt is true. " +
            "Remove one: adopt keeps the repository's content, and empty writes the first content.",
        ],
      ],
      [
        "approvals without an approval branch",
        "dev",
        () => ({ ...dev(), delivery: { sync: "manual" } }),
        [
          "delivery: got sync: manual, drift: heal; expected an environment with an approval branch. " +
            "Set it in environments/dev.ts, so that the stack that owns the repository creates env/dev.",
        ],
      ],
      [
        "a clone URL with a password, without showing it",
        "dev",
        () => ({ ...dev(), repository: { ...repository, url: "https://me:hunter2@github.com/vaarak/gitops" } }),
        [
          'repository.url: got "https://…@github.com/vaarak/gitops"; ' +
            "expected an https or ssh URL without a password that ends with /<owner>/<repository> or " +
            "/<owner>/<repository>.git (http only on this machine). Remove it for github.com; " +
            "set credentials in repositoryToken.",
        ],
      ],
      [
        "a clone URL of another repository",
        "dev",
        () => ({ ...dev(), repository: { ...repository, url: "https://github.com/vaarak/other.git" } }),
        [
          'repository.url: got "https://github.com/vaarak/other.git"; expected a URL that ends with ' +
            "/vaarak/gitops or /vaarak/gitops.git. Make it agree with repository.owner and repository.name.",
        ],
      ],
      [
        "a token with an ssh URL",
        "dev",
        () => ({
          ...dev(),
          repository: { ...repository, url: "ssh://git@github.com/vaarak/gitops.git" },
          repositoryToken: "ghp_read",
        }),
        [
          "repositoryToken: got a secret value; expected no token with an ssh URL. " +
            "Use the repository's https URL: a token is not an ssh key.",
        ],
      ],
      [
        "a missing file",
        "dev",
        () => ({ ...dev(), kubeconfig: "/nowhere/config" }),
        [
          'kubeconfig: got "/nowhere/config"; expected a file that exists. ' +
            "Set the path of the kubeconfig that reaches the cluster.",
        ],
      ],
      [
        "a kubeconfig by path and by content",
        "dev",
        () => ({ ...dev(), kubeconfigContent: contentOf("dev") }),
        [
          "kubeconfigContent: got a secret value; expected nothing if kubeconfig is set. Keep one. " +
            "Run: pulumi config rm kubeconfig",
        ],
      ],
      [
        "a kubeconfig's content without the context",
        "dev",
        () => ({ ...byContent("dev-secret-context"), context: "dev" }),
        ['context: got "dev"; expected a context of kubeconfigContent. Set the name of a context that is in it.'],
      ],
      ...["a-secret: [", "a-secret", "contexts: a-secret"].map((text): Row => [
        `no kubeconfig as content: ${text}`,
        "dev",
        () => ({ ...byContent("dev"), kubeconfigContent: text }),
        [
          "kubeconfigContent: got a secret value; expected a kubeconfig in YAML or JSON with a context. " +
            "Set the content of a kubeconfig file: pulumi config set --secret kubeconfigContent < <file>",
        ],
      ]),
      [
        "a missing context",
        "dev",
        () => ({ ...dev(), context: "minikube" }),
        [`context: got "minikube"; expected a context of ${kubeconfig.path}. Use one of dev, staging, prod.`],
      ],
      [
        "an owning stack without a token",
        "prod",
        () => ({ ...prod(), githubToken: undefined }),
        [
          "githubToken: got nothing; expected a token in the stack that owns the repository. " +
            "Run: pulumi config set --secret githubToken, or set repository.manage to false.",
        ],
      ],
      [
        "settings for GitHub in another stack",
        "dev",
        () => ({ ...dev(), githubToken: "ghp_x", webhooks, webhookSecrets: { dev: "s" } }),
        [
          "githubToken: got a secret value; expected nothing in a stack that does not own the repository. " +
            "Remove it: only the stack that owns the repository uses it.",
          `webhooks: got ${JSON.stringify(webhooks)}; expected nothing in a stack that does not own the ` +
            "repository. Remove it: only the stack that owns the repository uses it.",
          "webhookSecrets: got a secret value; expected nothing in a stack that does not own the repository. " +
            "Remove it: only the stack that owns the repository uses it.",
        ],
      ],
      [
        "an owning stack whose checks anyone can set",
        "prod",
        () => ({ ...prod(), repository: { ...owned, checksApp: undefined } }),
        [
          "repository.checksApp: got nothing; expected the App ID of the GitHub App whose checks count. " +
            "Set it: otherwise anyone with write access could set the checks.",
        ],
      ],
      [
        "approvers in another stack",
        "dev",
        () => ({ ...dev(), repository: { ...repository, approvers: { dev: ["ada", "bob"] } } }),
        [
          'repository.approvers: got {"dev":["ada","bob"]}; expected nothing in a stack that does not own the ' +
            "repository. Remove it: only the stack that owns the repository uses it.",
        ],
      ],
      [
        "an App and keys of workflows in another stack",
        "dev",
        () => ({
          ...dev(),
          repository: { ...repository, bumpApp: 18 },
          bumpAppKey: rsaKey,
          releaseAppKey: rsaKey,
          releaseAlertsUrl: "https://a.example/",
        }),
        [
          ...["bumpAppKey", "releaseAppKey", "releaseAlertsUrl"].map((key) => `${key}: got a secret value`),
          "repository.bumpApp: got 18",
        ].map(
          (got) =>
            `${got}; expected nothing in a stack that does not own the repository. ` +
            "Remove it: only the stack that owns the repository uses it.",
        ),
      ],
      [
        "all problems of the Apps at once",
        "prod",
        () => ({ ...prod(), repository: { ...owned, checksApp: undefined }, bumpAppKey: rsaKey, releaseAppKey: "x" }),
        [
          "releaseAppKey: got a secret value; expected the private key of the GitHub App repository.checksApp, " +
            "an RSA key. Run: pulumi config set --secret releaseAppKey < <the App's .pem file>",
          "repository.checksApp: got nothing; expected the App ID of the GitHub App whose checks count. " +
            "Set it: otherwise anyone with write access could set the checks.",
          "repository.bumpApp: got nothing; expected an App ID if bumpAppKey is set. " +
            "Set it: workflows create a token from the key and the ID. " +
            "It is on the App's page on GitHub, under About.",
        ],
      ],
      [
        "an unencrypted URL for alerts",
        "prod",
        () => ({ ...prod(), releaseAlertsUrl: "http://hooks.example/hunter2" }),
        [
          "releaseAlertsUrl: got a secret value; expected the URL to which workflows send alerts, an https URL " +
            "without user or password (http only on this machine). Run: pulumi config set --secret releaseAlertsUrl",
        ],
      ],
      [
        "an owner of files that no environment has",
        "prod",
        () => ({ ...prod(), repository: { ...owned, codeOwners: { "/environments/prd/web.yaml": ["vaarak/web"] } } }),
        [
          'repository.codeOwners["/environments/prd/web.yaml"]: got owners; expected a path that is the last ' +
            "match for at least one file. Remove or correct it: it matches no file, or /charts/, /gitops.yaml, " +
            "/gitops.schema.json, /services/, /delivery/, /service.schema.json, /.github/ or a later path " +
            "overrides it.",
        ],
      ],
      [
        "a misspelt key two levels down",
        "prod",
        () => ({ ...prod(), repository: { ...owned, account: { plann: "free" } } }),
        ['repository.account.plann: got "free"; expected a known key. Did you mean plan?'],
      ],
      [
        "a webhook without a secret",
        "prod",
        () => ({ ...prod(), webhooks }),
        [
          "webhookSecrets.dev: got nothing; expected a value if webhooks.dev is set. Set both or neither: " +
            "anyone could send an unsigned webhook, and a secret without a URL has no effect.",
        ],
      ],
      [
        "a webhook of an unknown environment",
        "prod",
        () => ({ ...prod(), webhooks: { stagin: webhooks.dev }, webhookSecrets: { stagin: "s" } }),
        [
          "webhooks.stagin: got a value; expected the name of an environment. Did you mean staging?",
          "webhookSecrets.stagin: got a value; expected the name of an environment. Did you mean staging?",
        ],
      ],
      [
        "two secrets for one webhook",
        "prod",
        () => ({
          ...prod(),
          webhooks: { prod: webhooks.dev },
          webhookSecrets: { prod: "one" },
          webhookSecret: "other",
        }),
        [
          "webhookSecret: got a secret value; expected the same secret as webhookSecrets.prod. " +
            "Make them equal: GitHub signs with one, and this cluster's Argo CD verifies with the other.",
        ],
      ],
      [
        "a webhook that is not an endpoint of Argo CD",
        "prod",
        () => ({ ...prod(), webhooks: { dev: "https://argocd.dev.example/" }, webhookSecrets: { dev: "s" } }),
        [
          'webhooks.dev: got "https://argocd.dev.example/"; expected a URL that ends with /api/webhook. ' +
            "Argo CD receives webhooks only at that path.",
          "webhooks.dev: got nothing; expected a value if webhookSecrets.dev is set. Set both or neither: " +
            "anyone could send an unsigned webhook, and a secret without a URL has no effect.",
        ],
      ],
      [
        "a parameter that no process reads",
        "dev",
        () => ({ ...dev(), argocd: { parameters: { "server.insecur": "true" } } }),
        [
          'argocd.parameters["server.insecur"]: got "true"; expected a parameter that Argo CD\'s processes read. ' +
            "Did you mean server.insecure?",
        ],
      ],
      [
        "an API without authentication",
        "dev",
        () => ({ ...dev(), argocd: { parameters: { "server.disable.auth": "true" } } }),
        [
          'argocd.parameters["server.disable.auth"]: got "true"; expected false. ' +
            "Remove it: without authentication, anyone who reaches the API can deploy.",
        ],
      ],
    ];

    for (const [what, stack, values, messages] of cases) {
      it(`refuses ${what}`, async () => {
        assert.deepEqual(await problems(stack, values()), messages);
      });
    }

    it("refuses a provider's own settings", async () => {
      const result = await resolveSettings("dev", { ...raw(dev()), "github:token": "ghp_x" }, findSmall);
      assert.ok("problems" in result);
      assert.deepEqual(result.problems.map(formatProblem), [
        "github:token: got a value; expected no provider settings. " +
          "Set gitops-platform:githubToken and gitops-platform:repository.",
      ]);
    });

    it("refuses a misspelt namespace, and accepts Pulumi's own", async () => {
      const given = { ...raw(dev()), "gitops-plattform:delivery": "{}", "pulumi:disable-default-providers": '["*"]' };
      const result = await resolveSettings("dev", given, findSmall);
      assert.ok("problems" in result);
      assert.deepEqual(result.problems.map(formatProblem), [
        "gitops-plattform:delivery: got a value; expected a key of gitops-platform. Did you mean gitops-platform?",
      ]);
    });

    it("parses URLs without URL.parse, which Node 20 does not have", async () => {
      const descriptor = Object.getOwnPropertyDescriptor(URL, "parse");
      Reflect.deleteProperty(URL, "parse");
      try {
        assert.deepEqual(await problems("dev", { ...dev(), argocd: { url: "nowhere" } }), [
          'argocd.url: got "nowhere"; expected an https URL without user, password, query or fragment (http only ' +
            "on this machine). Set the URL of Argo CD's web interface.",
        ]);
      } finally {
        if (descriptor) Object.defineProperty(URL, "parse", descriptor);
      }
    });

    it("reports a manifest with the wrong content together with all other problems", async () => {
      const problem: Problem = { key: "argocd.manifest", got: "a", expected: "b", fix: "C." };
      const result = await resolve("dev", { context: "dev", protect: 1, nonsense: true }, () =>
        Promise.reject(new ProblemError(problem)),
      );
      assert.ok("problems" in result);
      assert.deepEqual(result.problems.map(({ key }) => key).sort(), [
        "argocd.manifest",
        "kubeconfig",
        "nonsense",
        "protect",
        "repository",
        "webhookSecret",
      ]);
    });
  });

  describe("any configuration", () => {
    const anything = fc.oneof(fc.jsonValue(), fc.string(), fc.webUrl());
    const configuration = fc.dictionary(fc.constantFrom(...Object.keys(schemas), "other", "handover "), anything);

    it("results in settings or problems, each problem on one line with all its parts", async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom("dev", "prod"), configuration, async (stack, values) => {
          for (const message of await problems(stack, { ...dev(), ...values })) {
            assert.match(message, /^.+: got .+; expected .+\. .+[.?>]$|^.+: got .+; expected .+\. Run: .+$/);
          }
        }),
        { numRuns: 200 },
      );
    });

    it("never shows a secret", async () => {
      const secret = fc.stringMatching(/^s3cr3t[a-z0-9]{8}$/);
      const holder = fc.oneof(
        secret,
        fc.array(secret, { minLength: 1 }),
        fc.dictionary(fc.constantFrom("dev", "prd"), secret, { minKeys: 1 }),
      );
      const key = fc.constantFrom(
        "githubToken",
        "repositoryToken",
        "repositoryKey",
        "repositoryAppKey",
        "notificationsToken",
        "slackToken",
        "deploymentsAppKey",
        "webhookSecret",
        "webhookSecrets",
        "gihubToken",
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom("dev", "prod"), fc.dictionary(key, holder), async (stack, secrets) => {
          assert.doesNotMatch((await problems(stack, { ...dev(), ...secrets })).join("\n"), /s3cr3t/);
        }),
        { numRuns: 200 },
      );
    });

    it("accepts every DNS label that starts with a letter as a service", async () => {
      await fc.assert(
        fc.asyncProperty(fc.stringMatching(/^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/), async (name) => {
          assert.deepEqual(await problems("dev", { ...dev(), handover: [{ name, namespace: "apps" }] }), []);
        }),
        { numRuns: 100 },
      );
    });
  });
});
