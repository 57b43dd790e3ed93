import { loginCommand } from "@gitops-platform/components/argocd/address";

/** How a block of commands is tried. Every call is also checked by the program's own options (check-call.ts). */
export interface HowTried {
  /**
   * `run`: `gitops` and Git run for real, against the stand-in for GitHub. `read`: the shell and Git run for real,
   * and every other program is only recorded.
   */
  readonly tried: "run" | "read";
  /**
   * For `read`: the path of the test that does for real what the block says, or `nothing: ` and why none does.
   */
  readonly really?: string;
  /**
   * Where the reader is. `checkout`: in this project; `sandbox`: the same, after `npm start`; `clone`: in a clone of
   * the GitOps repository, which has the branch `env/prod-eu` too. Default: checkout.
   */
  readonly in?: "checkout" | "sandbox" | "clone";
  /** What to write for a placeholder or a name. */
  readonly fill?: Readonly<Record<string, string>>;
  /** Files of the reader's own. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Settings that the stack's file has before. Default: those of the committed file. */
  readonly settings?: Readonly<Record<string, never>>;
  /** What recorded commands print. */
  readonly prints?: Readonly<Record<string, string>>;
  /** Whether lines without a prompt are what the commands print (default), or an example of it. */
  readonly output?: "example";
}

export interface Entry extends HowTried {
  /** The block's first command, without its comment. */
  readonly block: string;
}

const ON_GITHUB = "nothing: needs an account on GitHub";
const SANDBOX = "tests/e2e/story.test.ts";
const SERVICES = "packages/gitops/tests/catalogue/service.test.ts";
const HANDOVER = "tests/e2e/handover.test.ts";
const PULUMI = "tests/pulumi/pulumi.test.ts";

const KEYS = { "release.private-key.pem": "", "bump.private-key.pem": "" };

const START: Entry = { block: "npm ci", tried: "read", really: "tests/e2e/sandbox.test.ts" };
const INIT: HowTried = {
  tried: "read",
  really: "packages/gitops/tests/init/init.test.ts",
  prints: { "gh auth token": "a-token" },
};
const TEMPLATE = "tests/integration/template.test.ts";
const SET_UP: Entry = { block: "mkdir platform && cd platform", ...INIT };

/** For each document its blocks in order; one entry for all blocks of a generated document. */
export const TABLE: Readonly<Record<string, readonly Entry[] | HowTried>> = {
  "CONTRIBUTING.md": [{ block: "npm ci", tried: "read", really: ".github/workflows/ci.yaml" }],
  "README.md": [START, SET_UP],
  "app-repo/README.md": [
    { block: "gh variable set GITOPS_REPOSITORY --body my-org/gitops", tried: "read", really: ON_GITHUB },
  ],
  "docs/access.md": [
    {
      block: "pulumi stack output argocdLogin -s dev",
      tried: "read",
      really: "tests/e2e/sign-on.test.ts",
      prints: { "pulumi stack output argocdLogin -s dev": login() },
    },
    {
      block: "argocd proj role create-token prod-api team --expires-in 24h --token-only",
      tried: "read",
      really: "tests/integration/access-table.test.ts",
      env: { TOKEN: "a-token" },
    },
    {
      block: 'pulumi config set --path argocd.emergencyAdmin "The identity provider is down since 3:10" -s prod',
      tried: "read",
      really: "tests/environments/access.test.ts",
    },
    {
      block: 'as="--as $USER --as-group gitops-platform:break-glass --as-group system:masters"',
      tried: "read",
      really: "tests/e2e/break-glass.test.ts",
    },
  ],
  "docs/adding-a-service.md": [
    {
      block:
        "gitops service add web --team payments --group payments-team --namespace shop " +
        "--env dev --env staging --env prod \\",
      tried: "read",
      really: SERVICES,
    },
    { block: "gitops service render", tried: "read", really: "packages/gitops/tests/catalogue/checkout.test.ts" },
    {
      block:
        "npx gitops --repo my-org/gitops chart add shop --from oci://registry.example/charts " +
        "--chart shop --chart-version 1.2.3",
      tried: "read",
      really: "packages/gitops/tests/catalogue/vendor.test.ts",
    },
    { block: "pulumi config set --path 'handover[0].name' api", tried: "read", really: HANDOVER },
    { block: "gitops service add api --team payments --group payments-team", tried: "read", really: SERVICES },
    { block: "pulumi config rm handover", tried: "read", really: HANDOVER },
  ],
  "docs/adding-an-environment.md": [
    { block: "pulumi up -s prod", tried: "read", really: "tests/contract/environment-graph.test.ts" },
    { block: "git fetch origin && git diff --name-only origin/main...origin/env/prod-eu", tried: "run", in: "clone" },
    { block: "pulumi config set protect false -s prod", tried: "read", really: "tests/e2e/destroy.test.ts" },
    { block: "pulumi up -s prod", tried: "read", really: "tests/contract/environment-graph.test.ts" },
  ],
  "docs/approvers.md": [
    { block: "gitops approve api --all", tried: "read", really: "packages/gitops/tests/release/wave.test.ts" },
  ],
  "docs/credentials.md": [
    {
      block: "pulumi stack init prod",
      tried: "read",
      really: PULUMI,
      settings: {},
      files: KEYS,
    },
  ],
  "docs/day-to-day.md": [
    {
      block:
        "gitops service add shop --team payments --env dev --env staging --env prod " +
        "--image ghcr.io/my-org/shop:sha-a1b2c3d",
      tried: "read",
      really: SERVICES,
    },
    {
      block: "npx gitops --repo my-org/gitops board --cluster prod=<kubeconfig>:<context>",
      tried: "read",
      really: "packages/gitops/tests/board/command.test.ts",
      fill: { "<kubeconfig>": "kubeconfig", "<context>": "prod" },
    },
  ],
  "docs/delivering-the-platform.md": [
    { block: "gh variable set DELIVER_STACKS --body true", tried: "read", really: "tests/scripts/deliver.test.ts" },
    {
      block: "pulumi config set --secret kubeconfigContent -s prod < kubeconfig",
      tried: "read",
      really: "tests/components/cluster/operators.test.ts",
      files: { kubeconfig: "" },
    },
    {
      block: "pulumi stack output kubeconfig --show-secrets -s my-org/cluster/prod \\",
      tried: "read",
      really: "tests/components/cluster/operators.test.ts",
    },
    { block: "pulumi config env add clusters/prod -s prod", tried: "read", really: "nothing: needs Pulumi Cloud" },
  ],
  "docs/drift.md": [
    {
      block: "kubectl --as alice --as-group gitops-platform:break-glass -n api scale deployment api --replicas 0",
      tried: "read",
      really: "tests/integration/guard.test.ts",
    },
  ],
  "docs/getting-started.md": [
    START,
    {
      block: "(cd .sandbox/api && git commit --allow-empty -m Change && git push)",
      tried: "read",
      really: SANDBOX,
      in: "sandbox",
    },
    {
      block: "alias kubectl='.sandbox/bin/kubectl --kubeconfig .sandbox/prod/kubeconfig -n api'",
      tried: "read",
      really: "tests/integration/guard.test.ts",
      in: "sandbox",
    },
    SET_UP,
  ],
  "docs/operating.md": [
    { block: "npm run review", tried: "read", really: "packages/review/tests" },
    {
      block: "npx gitops preflight --stack-file Pulumi.prod.yaml",
      tried: "run",
      fill: { "my-org/gitops": "vaarak/gitops" },
    },
    {
      block: "pulumi config set -s prod --path repository.filled true",
      tried: "read",
      really: "tests/e2e/repository.test.ts",
    },
    {
      block: "pulumi config set -s dev --path argocd.version 3.6.1",
      tried: "read",
      really: "tests/integration/release.test.ts",
      output: "example",
    },
    { block: "pulumi up -s prod --refresh", tried: "read", really: "tests/e2e/lost-cluster.test.ts" },
    {
      block: "PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh -s prod",
      tried: "read",
      really: "nothing: needs the Pulumi CLI",
    },
    {
      block: "pulumi config set -s prod --secret --path pagerDutyKeys.platform",
      tried: "read",
      really: "tests/environments/receivers.test.ts",
    },
    {
      block: "curl -fLO https://raw.githubusercontent.com/argoproj/argo-cd/v3.6.1/manifests/install.yaml",
      tried: "read",
      really: "nothing: needs the network",
      files: { "install.yaml": "        image: quay.io/argoproj/argocd:v3.6.1\n" },
    },
    {
      block: "cat policy-config.json",
      tried: "read",
      really: "packages/policy/tests",
      files: {
        "policy-config.json": '{ "argocd-is-the-pinned-release": { "registries": ["registry.example/platform"] } }\n',
      },
    },
  ],
  "docs/own-program.md": [
    { block: "mkdir platform && cd platform", tried: "read", really: TEMPLATE },
    {
      block: "npm install https://github.com/vaarak/gitops-platform/releases/download/v0.1.0/gitops-platform-0.1.0.tgz",
      tried: "read",
      really: TEMPLATE,
    },
  ],
  "docs/settings.md": {
    tried: "read",
    really: "tests/environments/settings.test.ts",
    files: Object.fromEntries(
      ["argocd-dev", "kubeconfig", "reader", "release", "bump", "deployments"].flatMap((name) => [
        [name, ""],
        [`${name}.private-key.pem`, ""],
      ]),
    ),
  },
  "gitops-repo/README.md": [
    { block: "gitops status", tried: "run", in: "clone" },
    { block: "node .github/gitops/gitops.mjs status", tried: "run", in: "clone" },
    {
      block: "git log --first-parent -5 --format='%h %ad %an %s' --date=local origin/env/prod",
      tried: "run",
      in: "clone",
    },
    { block: "git switch -c rollback-api origin/main", tried: "run", in: "clone", fill: { "<commit>": "HEAD" } },
    {
      block:
        "gh workflow run break-glass.yaml -f service=api -f environment=prod " +
        "-f reason='The site is down, and nobody answers'",
      tried: "read",
      really: "tests/integration/workflows.test.ts",
    },
    {
      block:
        "gitops service add shop --team payments --env dev --env staging --env prod " +
        "--image ghcr.io/my-org/shop:sha-a1b2c3d",
      tried: "read",
      really: SERVICES,
    },
    {
      block: "helm lint --strict charts/service -f environments/dev/api.yaml",
      tried: "read",
      really: "tests/integration/chart.test.ts",
      in: "clone",
    },
  ],
  "packages/drift/README.md": [
    { block: "npm run drift -- prod", tried: "read", really: "packages/drift/tests/compare.test.ts" },
  ],
  "packages/review/README.md": [
    { block: "npm run review -- --against main", tried: "read", really: "packages/review/tests" },
  ],
  "packages/sandbox/README.md": [
    {
      block: ".sandbox/bin/kubectl --kubeconfig .sandbox/prod/kubeconfig -n api \\",
      tried: "read",
      really: "tests/e2e/break-glass.test.ts",
      in: "sandbox",
    },
  ],
  "templates/typescript/README.md": [{ block: "export GITHUB_TOKEN=$(gh auth token)", ...INIT }],
};

/** What `pulumi up` prints to log in with, without single sign-on and without an address. */
function login(): string {
  return loginCommand({ url: undefined, parameters: {} }) ?? "";
}
