/**
 * `gitops validate` with the real Helm: as a command in a clone, and on pull requests of the stand-in, without
 * workflows.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { CONTENT, EXAMPLES } from "../gitops-repo/support";
import { POLICY_FILE, rendered } from "@gitops-platform/gitops/tests/catalogue/repository";
import { setImage } from "@gitops-platform/gitops/values/edit";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { useTools } from "./support/tools";

const PROD = "environments/prod/api.yaml";
const DEV = "environments/dev/api.yaml";
const PODS = "charts/service/templates/_pod.tpl";
const PROBES = "charts/service/templates/_probes.tpl";
const MANIFESTS = "manifests/api/manifests.yaml";
const STAGING = "environments/staging/api.yaml";
const gitops = { owner: "vaarak", repo: "gitops" };
const root = join(__dirname, "../..");
/** The declarations of services in dev, and what they give. */
const declared = (...names: readonly string[]) => {
  const text = "team: payments\nenvironments: [dev]\n";
  const services = Object.fromEntries(names.map((name) => [`services/${name}.yaml`, text]));
  return { ...services, ...rendered(services) };
};
const exampleText = (name: string) => EXAMPLES.find((each) => each.name === name)?.text ?? assert.fail(name);

describe("gitops validate", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();

  describe("in a clone", () => {
    let local: LocalRepository;
    beforeEach(() => {
      local = new LocalRepository();
      cpSync(CONTENT, local.folder, { recursive: true });
      local.git("update-ref", "refs/remotes/origin/main", local.commit(POLICY_FILE));
    });
    afterEach(() => {
      local.remove();
    });

    /** Runs the command in the clone without a token. `env` is added to its environment. */
    const run = async (env: Record<string, string> = {}, ...args: string[]) => {
      const node = [
        "-r",
        join(root, "scripts/register.js"),
        join(root, "packages/gitops/main.ts"),
        "validate",
        ...args,
      ];
      const { PATH } = process.env;
      const options = { cwd: local.folder, env: { PATH, TS_NODE_PROJECT: join(root, "tsconfig.json"), ...env } };
      return execa(process.execPath, node, { ...options, extendEnv: false, reject: false });
    };
    const read = (file: string) => readFileSync(join(local.folder, file), "utf8");

    it("accepts the first content and a new image, without a token", async () => {
      assert.deepEqual(await run().then(({ stdout, exitCode }) => [stdout, exitCode]), ["# Valid", 0]);
      local.commit({ [PROD]: read(PROD).replace("a1b2c3d", "2222222") });
      const { stdout, stderr, exitCode } = await run();
      assert.deepEqual([stdout, stderr, exitCode], ["# Valid", "", 0]);
    });

    it("accepts tags that look like numbers or dates, but only in quotes", async () => {
      const tagged = (file: string, tag: string) => ({ [file]: setImage(read(file), { tag }, file) });
      local.commit({ ...tagged(DEV, "48213"), ...tagged(STAGING, "1.10"), ...tagged(PROD, "2024-01-15") });
      assert.equal((await run()).stdout, "# Valid");
      local.commit({ [DEV]: read(DEV).replace('"48213"', "48213") });
      assert.match((await run()).stdout, /dev\/api\.yaml`: .*'\/image\/tag': got number, want string/);
    });

    it("checks staging's difference by the gitops.yaml of the same commit", async () => {
      local.commit({
        [STAGING]: read(STAGING).replace("enabled: true", "enabled: false"),
        "gitops.yaml": "staging: { mayDiffer: [autoscaling.enabled] }\n",
      });
      assert.equal((await run()).stdout, "# Valid");
      local.commit({ "gitops.yaml": "staging: { mayDiffer: [autoscaling.enabeld] }\n" });
      assert.match(
        (await run()).stdout,
        /^# 1 problem\n\n- `gitops\.yaml:1:24`: staging\.mayDiffer\[0\]: got "autoscaling\.enabeld"/,
      );
    });

    const refused: [what: string, files: (read: (file: string) => string) => Record<string, string>, said: RegExp][] = [
      [
        "a tag that can move",
        (text) => ({ [PROD]: text(PROD).replace("sha-a1b2c3d", "latest") }),
        /prod\/api\.yaml`: image\.tag: got "latest"; expected the tag of one build/,
      ],
      [
        "a misspelt key",
        (text) => ({ [PROD]: text(PROD).replace("replicaCount", "replicas") }),
        /additional properties 'replicas' not allowed/,
      ],
      [
        "values that the chart refuses",
        (text) => ({ [PROD]: text(PROD).replace("cpu: 250m", 'cpu: "2"') }),
        /resources\.limits\.cpu: got 1000m/,
      ],
      [
        "a duplicate key, with its position",
        (text) => ({ [PROD]: `${text(PROD)}replicaCount: 3\n` }),
        /`environments\/prod\/api\.yaml:\d+:1`: Map keys must be unique/,
      ],
      [
        "staging that no longer mirrors production",
        (text) => ({ [STAGING]: text(STAGING).replace("enabled: true", "enabled: false") }),
        /`environments\/staging\/api\.yaml`: autoscaling\.enabled: got false; expected what production has, true/,
      ],
      [
        "a chart that refuses the current values",
        (text) => ({
          "charts/service/values.schema.json": text("charts/service/values.schema.json").replace(
            '"replicaCount"',
            '"pods"',
          ),
        }),
        /dev\/api\.yaml`[^]*prod\/api\.yaml`[^]*staging\/api\.yaml`/,
      ],
      [
        "privileged containers, in every service that the chart renders",
        (text) => ({ [PODS]: text(PODS).replace("allowPrivilegeEscalation: false", "privileged: true") }),
        /^# 6 problems[^]*dev\/api\.yaml`: Deployment api: container \S+: privileged: got true; expected false\./,
      ],
      [
        "a secret in plain text, once, with its position",
        (text) => ({
          [DEV]: text(DEV)
            .replace(/^env:.*$/m, "")
            .concat(`env:\n  TOKEN: ghp_${"a1B2".repeat(9)}\n`),
        }),
        /^# 1 problem\n\n- `environments\/dev\/api\.yaml:\d+`: env\.TOKEN: got a GitHub token; expected no secret/,
      ],
      [
        "a secret that only its name reveals, once, with its position",
        (text) => ({ [DEV]: `${text(DEV)}env:\n  REDIS_URL: redis://:$(PW)@redis:6379/0\n  PW: correct-horse\n` }),
        /^# 1 problem\n\n- `environments\/dev\/api\.yaml:\d+`: env\.PW: got a value whose name says that it is secret/,
      ],
      [
        "variables that Kubernetes would not expand",
        (text) => ({ [DEV]: `${text(DEV)}env:\n  DSN: postgres://$(USR)@db/app\n  A: $(B)\n  B: $(A)\n` }),
        /^# 1 problem\n\n- .*env\.DSN: got \$\(USR\); expected .* env: got references between A, B that go in a circle/,
      ],
      [
        "a missing CPU limit if the platform team requires one",
        (text) => ({
          [DEV]: text(DEV).replace(/cpu: 250m\n\s+/, ""),
          "gitops.yaml": "resources: {cpuLimit: required}\n",
        }),
        /^# 1 problem\n\n- `environments\/dev\/api\.yaml`: .* container api: resources\.limits\.cpu: got nothing/,
      ],
      [
        "an unused entry of harmless secrets, and a secret without an entry",
        (text) => ({
          [DEV]: `${text(DEV)}env:\n  DB_PASSWORD: correct-horse\n  OTHER_PASSWORD: battery-staple\n`,
          "gitops.yaml":
            "secrets:\n  harmless:\n    - {service: api, path: env.DB_PASSWORD, reason: Of the test database}\n" +
            "    - {service: api, environment: prod, path: env.OTHER_PASSWORD, reason: Of the test database}\n",
        }),
        new RegExp(
          "^# 2 problems\\n\\n- `environments/dev/api\\.yaml:\\d+`: env\\.OTHER_PASSWORD: got[^]*- `gitops\\.yaml`: " +
            'secrets\\.harmless\\[1\\]: got "env\\.OTHER_PASSWORD" of api in prod, where nothing looks like a secret',
        ),
      ],
      [
        "secrets in the messages of other checks",
        (text) => ({
          [PROD]: `${text(PROD)}env:\n  DB_PASSWORD: correct-horse\n  PIN_TOKEN: 0123456\n`,
          [STAGING]: `${text(STAGING)}env:\n  DB_PASSWORD: "battery\\"staple"\n  PIN_TOKEN: 0123457\n`,
        }),
        /staging\/api\.yaml`: env\.DB_PASSWORD: got "a secret value"; expected what production has, "a secret value"/,
      ],
      [
        "a secret in a template",
        () => ({
          "charts/service/templates/secret.yaml":
            "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n" + `stringData: {a: ghp_${"a1B2".repeat(9)}}\n`,
        }),
        /prod\/api\.yaml`: Secret x: stringData\.a: got a GitHub token; expected/,
      ],
      ["a broken template", () => ({ "charts/service/templates/broken.yaml": "{{ .Values.image.tag" }), /broken\.yaml/],
      [
        "a key that only Helm reads",
        (text) => ({ [DEV]: text(DEV).replace("CI pipeline", "CI\u2028  digest: sha256:00") }),
        /^# 1 problem\n\n- `environments\/dev\/api\.yaml:6:\d+`: Got the character U\+2028; expected printable text/,
      ],
      [
        "a file that only Argo CD reads",
        () => ({ "charts/service/.argocd-source-api.yaml": "helm: {parameters: [{name: image.tag, value: x}]}\n" }),
        /^# 1 problem\n\n- `charts\/service\/\.argocd-source-api\.yaml`: Got a file that Argo CD reads by its name/,
      ],
      [
        "a schema from another host, before Helm requests it",
        () => ({ "charts/service/values.schema.json": '{"$ref": "http://127.0.0.1:1/x.json"}' }),
        /^# 1 problem\n\n- `charts\/service\/values\.schema\.json`: \$ref: got "http:\/\/127\.0\.0\.1:1\/x\.json"/,
      ],
      [
        "external addresses, and kinds that the AppProject does not allow",
        () => ({
          "charts/service/templates/service.yaml":
            "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {externalIPs: [10.0.0.1]}\n",
          "charts/service/crds/a.yaml":
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\n",
        }),
        /^# 6 problems[^]*CustomResourceDefinition x: kind: got[^]*Service x: spec\.externalIPs: got/,
      ],
      [
        "an exception that the platform team has not allowed",
        (text) => ({
          [DEV]: `${text(DEV)}exceptions:\n  runAsUser: 1000\n  writableRoot: true\n`,
        }),
        /^# 2 problems[^]*exceptions\.runAsUser: got 1000[^]*exceptions\.writableRoot: got true/,
      ],
      [
        "a host of another service, and an annotation that takes further ones",
        () => ({
          ...declared("other", "shop"),
          "environments/dev/shop.yaml": exampleText("web-api"),
          "environments/dev/other.yaml": exampleText("web-api")
            .replaceAll("shop-database", "other-database")
            .replace("shop/database", "other/database")
            .replace("cert-manager.io/cluster-issuer", "nginx.ingress.kubernetes.io/server-alias"),
        }),
        /^# 3 problems[^]*got "shop\.example\.com", a host of shop[^]*server-alias"\]: got a value/,
      ],
      [
        "another service's secrets, and an image whose tag moves beside the service's",
        () => ({
          ...declared("other", "orders"),
          "environments/dev/other.yaml": exampleText("web-api"),
          "environments/dev/orders.yaml": exampleText("migration")
            .replace("v2.11.0", "latest")
            .replace(/ +digest.*\n/, ""),
        }),
        new RegExp(
          '^# 2 problems[^]*jobs\\.migrate\\.sidecars\\.proxy\\.image\\.tag: got "latest"' +
            "[^]*DB_PASSWORD\\.key: got shop/database; expected a path below other/",
        ),
      ],
      [
        "a symbolic link, before it is read",
        () => ({ "charts/service/templates/link.yaml": "-> /etc/passwd" }),
        /^# 1 problem\n\n- `charts\/service\/templates\/link\.yaml`: Got a symbolic link/,
      ],
    ];
    for (const [what, files, said] of refused) {
      it(`refuses ${what}`, async () => {
        local.commit(files(read));
        const { stdout, exitCode } = await run();
        assert.equal(exitCode, 1);
        assert.match(stdout, said);
        assert.equal(stdout.includes("root:"), false);
        assert.doesNotMatch(stdout, /correct-horse|battery|staple|ghp_|012345/);
      });
    }

    it("accepts each example of a service, and an exception that the platform team allows", async () => {
      const examples = EXAMPLES.map(({ service, text }) => [`environments/dev/${service}.yaml`, text] as const);
      local.commit({
        ...declared(...EXAMPLES.map(({ service }) => service)),
        ...Object.fromEntries(examples),
        [DEV]: `${read(DEV)}exceptions:\n  runAsUser: 1000\n  writableRoot: true\n`,
        "gitops.yaml":
          "exceptions:\n  - { service: api, exception: runAsUser, reason: Its files have this owner }\n" +
          "  - { service: api, environment: dev, exception: writableRoot, reason: It writes its logs }\n",
      });
      assert.equal((await run()).stdout, "# Valid");
    });

    it("accepts settings that real services need, and a secret that gitops.yaml declares harmless", async () => {
      local.commit({
        [DEV]: read(DEV)
          .replace(/cpu: 250m\n\s+/, "")
          .replace("memory: 128Mi", "memory: 0.5Gi")
          .concat(
            "env:\n  USER_NAME: app\n  my.host: db\n  DSN: postgres://$(USER_NAME):PASSWORD@$(my.host)/app\n",
            "  DB_PASSWORD: correct-horse\nprobes:\n  readinessPath: /healthz?full=1\n",
          ),
        "gitops.yaml":
          "secrets:\n  harmless:\n    - {service: api, path: env.DB_PASSWORD, reason: Of the test database}\n",
      });
      assert.equal((await run()).stdout, "# Valid");
      // A change of values alone is not refused because of an unused entry.
      local.git("update-ref", "refs/remotes/origin/main", "HEAD");
      local.commit({ [DEV]: read(DEV).replace(/ {2}DB_PASSWORD.*\n/, "") });
      assert.equal((await run()).stdout, "# Valid");
    });

    it("accepts a new image although a CPU limit was missing before it was required", async () => {
      const without = read(DEV).replace(/cpu: 250m\n\s+/, "");
      const required = { "gitops.yaml": "resources: {cpuLimit: required}\n", [DEV]: without };
      local.git("update-ref", "refs/remotes/origin/main", local.commit(required));
      local.commit({ [DEV]: without.replace("a1b2c3d", "2222222") });
      assert.equal((await run()).stdout, "# Valid");
    });

    it("accepts a change although staging already differed before it", async () => {
      local.git(
        "update-ref",
        "refs/remotes/origin/main",
        local.commit({ [STAGING]: read(STAGING).replace("enabled: true", "enabled: false") }),
      );
      local.commit({ [PROD]: read(PROD).replace("a1b2c3d", "2222222") });
      assert.equal((await run()).stdout, "# Valid");
    });

    it("accepts a new image although the chart already violated rules before it", async () => {
      const chart = { [PODS]: read(PODS).replace("allowPrivilegeEscalation: false", "privileged: true") };
      local.git("update-ref", "refs/remotes/origin/main", local.commit(chart));
      local.commit({ [PROD]: read(PROD).replace("a1b2c3d", "2222222") });
      assert.equal((await run()).stdout, "# Valid");
    });

    it("accepts an earlier annotation, and another value of it only if gitops.yaml permits it", async () => {
      const shop = exampleText("web-api").replace("cert-manager.io/cluster-issuer", "konghq.com/host-aliases");
      const path = "environments/dev/shop.yaml";
      local.git("update-ref", "refs/remotes/origin/main", local.commit({ [path]: shop }));
      local.commit({ [path]: shop.replace("a1b2c3d", "2222222") });
      assert.equal((await run()).stdout, "# Valid");
      const other = { [path]: shop.replace("letsencrypt", "bank.example.com") };
      local.commit(other);
      assert.match(
        (await run()).stdout,
        /^# 1 problem\n\n- .*host-aliases"\]: got a value; .* below hosts\.annotations/,
      );
      local.commit({ ...other, "gitops.yaml": "hosts: {annotations: [konghq.com/host-aliases]}\n" });
      assert.equal((await run()).stdout, "# Valid");
    });

    it("refuses a host that gitops.yaml reserves", async () => {
      local.commit({
        ...declared("shop"),
        "environments/dev/shop.yaml": exampleText("web-api"),
        "gitops.yaml": "hosts: {reserved: ['*.example.com']}\n",
      });
      assert.match(
        (await run()).stdout,
        /^# 1 problem\n\n- .*hosts: got "shop\.example\.com", reserved by \*\.example/,
      );
    });

    it("writes its report to the outputs of a workflow, not to the log, and exits with 0", async () => {
      local.commit({ [PROD]: read(PROD).replace("sha-a1b2c3d", "latest") });
      const folder = mkdtempSync(join(tmpdir(), "outputs-"));
      const GITHUB_OUTPUT = join(folder, "output");
      writeFileSync(GITHUB_OUTPUT, "");
      const { stdout, exitCode } = await run({ GITHUB_OUTPUT });
      const outputs = readFileSync(GITHUB_OUTPUT, "utf8");
      rmSync(folder, { recursive: true });
      assert.deepEqual([stdout, exitCode], ["", 0]);
      assert.match(
        outputs,
        /^conclusion<<(\S+)\nfailure\n\1\nreport<<(\S+)\n# 1 problem\n[^]*\n\2\nbase<<(\S+)\n[0-9a-f]{40}\n\3\n$/,
      );
    });

    it("reports a missing Helm and a missing base branch", async () => {
      local.commit({ [PROD]: read(PROD).replace("a1b2c3d", "2222222") });
      const { stdout } = await run({ PATH: "/usr/bin:/bin" });
      assert.match(stdout, /- helm: got nothing on PATH; expected Helm 3\.14 or newer\. Install it/);
      const { stderr, exitCode } = await run({}, "--base", "elsewhere");
      assert.deepEqual(
        [stderr, exitCode],
        ['base: got "elsewhere"; expected a branch that is fetched. Run git fetch first.', 1],
      );
    });
  });

  describe("on pull requests", () => {
    const github = new GitopsRepository();
    let values: string;
    let manifests: string;
    before(async () => {
      await github.make();
      values = await github.read(PROD);
      manifests = await github.read(MANIFESTS, "env/prod");
    });
    after(() => github.remove());

    const found = async (login: string, base: string, head: string, files: Record<string, string | null>) =>
      github.validate(await github.propose(login, base, head, "Change", files));
    const image = (tag: string) => values.replace("sha-a1b2c3d", tag);

    it("has its report set as a check, by a token with no other permission", async () => {
      const number = await github.propose("dora", "main", "checked", "Change", { "README.md": "# Mine\n" });
      const { sha } = (await github.pull(number)).head;
      const main = [
        "-r",
        join(root, "scripts/register.js"),
        join(root, "packages/gitops/main.ts"),
        "--repo",
        "vaarak/gitops",
      ];
      const pull = ["--pull-request", String(number), "--base", "main", "--base-sha", sha];
      const report = ["--sha", sha, ...pull, "--conclusion", "failure", "--report", "# 1 problem\n\n- Bad.\n"];
      const GITHUB_TOKEN = "token-of-release-checks";
      const env = { GITHUB_TOKEN, GITHUB_SERVER_URL: github.url, GITHUB_API_URL: `${github.url}/api/v3` };
      await execa(process.execPath, [...main, "check", "validate", ...report], { cwd: root, env });
      const { data } = await github.octokit("owner").rest.checks.listForRef({ ...gitops, ref: sha });
      assert.deepEqual(
        data.check_runs.map(({ name, conclusion, output }) => [name, conclusion, output.title, output.summary]),
        [["validate", "failure", "1 problem", "# 1 problem\n\n- Bad."]],
      );
    });

    it("accepts a bot's change of an image, and a person's change of anything valid", async () => {
      assert.equal(await found("bump", "main", "bump/dev", { [PROD]: image("sha-2222222") }), "# Valid\n");
      assert.equal(await found("dora", "main", "readme", { "README.md": "# Ours\n" }), "# Valid\n");
    });

    it("refuses other changes by a bot, and a person's commits on a bot's branch", async () => {
      const files = {
        [PROD]: values.replace("replicaCount: 3", "replicaCount: 4"),
        "charts/service/a.txt": "mine\n",
      };
      const report = await found("bump", "main", "bot-more", files);
      assert.match(
        report,
        /`charts\/service\/a\.txt`: Got a bot's change; expected[^]*`environments\/prod\/api\.yaml`: Got a bot's/,
      );
      const number = await github.propose("bump", "main", "bot-shared", "Bump", { [PROD]: image("sha-2222222") });
      const clone = await github.clone("dora", "--branch=bot-shared");
      await clone.git("commit", "--quiet", "--allow-empty", "-m", "Mine");
      await clone.git("push", "--quiet", "origin", "bot-shared");
      assert.match(await github.validate(number), /- dora pushed to bot-shared, which is bump\[bot\]'s\./);
    });

    it("refuses a bot's release of content that is not on main, or from another branch", async () => {
      const never = await found("bump", "env/prod", "release/prod/api", { [PROD]: image("sha-6666666") });
      assert.match(
        never,
        /^# 2 problems\n\n- `environments\/prod\/api\.yaml`: Got an[^]*- `manifests\/api\/manifests\.yaml:\d+`: Got/,
      );
      const anywhere = await found("bump", "env/prod", "elsewhere", { [PROD]: image("sha-6666666") });
      assert.match(anywhere, /- Got the branch elsewhere; expected release\/prod\/…/);
    });

    it("refuses on an environment branch files that it does not need, and a change of its approvers", async () => {
      const files = { [PROD]: image("sha-2222222"), [MANIFESTS]: manifests.replace(/sha-a1b2c3d/g, "sha-2222222") };
      assert.equal(await found("dora", "env/prod", "by-hand", files), "# Valid\n");
      const report = await found("dora", "env/prod", "too-much", {
        [STAGING]: "a: 1\n",
        [PROD]: image("sha-2222222"),
        ".github/CODEOWNERS": "* @dora\n",
      });
      assert.match(
        report,
        /`environments\/staging\/api\.yaml`: Got this file; expected one[^]*`\.github\/CODEOWNERS`: Got other files/,
      );
    });

    it("accepts on an environment branch only the manifests that Helm renders from it", async () => {
      const tag = (text: string) => text.replaceAll("sha-a1b2c3d", "sha-2222222");
      const chart = await github.read(PROBES, "env/prod");
      const refused: [what: string, files: Record<string, string | null>, said: RegExp][] = [
        [
          "values-alone",
          { [PROD]: tag(values) },
          /manifests\.yaml:\d+`: Got ".*a1b2c3d"; expected ".*2222222", as Helm renders/,
        ],
        [
          "manifests-alone",
          { [MANIFESTS]: tag(manifests) },
          /manifests\.yaml:\d+`: Got ".*2222222"; expected ".*a1b2c3d"/,
        ],
        [
          "a-byte-more",
          { [MANIFESTS]: `${manifests}# a\n` },
          /`manifests\/api\/manifests\.yaml:\d+`: Got "# a"; expected ""/,
        ],
        [
          "no-manifests",
          { [MANIFESTS]: null },
          /`manifests\/api\/manifests\.yaml`: Got nothing; expected what Helm renders/,
        ],
        [
          "a-chart",
          { [PROBES]: chart.replace("periodSeconds: 5", "periodSeconds: 6") },
          /manifests\.yaml:\d+`: Got .*5"; expected .*6"/,
        ],
        [
          "manifests-left",
          { [PROD]: null },
          /`manifests\/api\/manifests\.yaml`: Got manifests of a service without values/,
        ],
        [
          "of-no-service",
          { "manifests/web/manifests.yaml": manifests },
          /`manifests\/web\/manifests\.yaml`: Got manifests of a service/,
        ],
        [
          "argocd-source",
          { "manifests/api/.argocd-source-api.yaml": "helm: {}\n" },
          /`manifests\/api\/\.argocd-source-api\.yaml`: Got a file that Argo CD reads/,
        ],
        [
          "attributes",
          { ".gitattributes": "manifests/** working-tree-encoding=ASCII\n" },
          /`\.gitattributes`: Got a file that Git reads/,
        ],
        ["link", { [MANIFESTS]: "-> ../../README.md" }, /`manifests\/api\/manifests\.yaml:1`: Got "-> /],
      ];
      for (const [what, files, said] of refused) {
        assert.match(await found("dora", "env/prod", `not-${what}`, files), said, what);
      }
      const removed = await found("dora", "env/prod", "removed", { [PROD]: null, [MANIFESTS]: null });
      assert.match(removed, /`services\/api\.yaml`: environments: got prod; expected environments with values/);
    });

    it("requires on an environment branch the approvers from the settings", async () => {
      const removed = await found("dora", "env/prod", "nobody", { ".github/CODEOWNERS": null });
      assert.match(
        removed,
        /^# 1 problem\n\n- `\.github\/CODEOWNERS`: Got nothing; expected the approvers of env\/prod/,
      );
      const other = await found("dora", "env/prod", "other", { ".github/CODEOWNERS": "* @dora\n" });
      assert.match(
        other,
        /^# 1 problem\n\n- `\.github\/CODEOWNERS`: Got the owner @dora; expected one of vaarak\/approvers\./,
      );
      const text = await github.read(".github/CODEOWNERS", "env/prod");
      const more = await found("dora", "env/prod", "more", { ".github/CODEOWNERS": `${text}/environments/ @dora\n` });
      assert.match(more, /^# 1 problem\n\n- `\.github\/CODEOWNERS`: Got other lines than gitops platform writes/);
    });

    it("refuses a change with a conflict, and explains how to resolve it", async () => {
      const number = await github.propose("dora", "main", "late", "Late", { [PROD]: image("sha-5555555") });
      await github.promote("dora", "sha-4444444");
      assert.match(await github.validate(number), /- The change conflicts with main\. Merge main into it/);
    });
  });
});
