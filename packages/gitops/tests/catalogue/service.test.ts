/** `gitops service` on the stand-in, over HTTP and Git, without Helm: nothing here renders a chart. */
import assert from "node:assert/strict";
import { addService, type AddOrder } from "../../catalogue/add";
import { moveService } from "../../catalogue/move";
import { retireService } from "../../catalogue/retire";
import { environmentOf, gitops } from "../command";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

const ORDER: AddOrder = {
  service: "shop",
  team: "developers",
  groups: ["shop-team"],
  environments: ["dev", "staging", "prod"],
  image: "ghcr.io/vaarak/shop:sha-1111111",
  from: undefined,
};
const DECLARATION = "team: developers\nenvironments: [dev, staging]\n";
/** Two services that only follow `main`, of which one lives in the other's namespace. */
const FILES = {
  "environments/dev/api.yaml": values("sha-1111111"),
  "services/web.yaml": DECLARATION,
  "services/job.yaml": `joins: web\n${DECLARATION}`,
  "services/own.yaml": "team: developers\nenvironments: [dev]\nsource: { kustomize: charts/own }\n",
  "environments/dev/own/kustomization.yaml":
    "resources: [../../../charts/own]\nimages: [{ name: own, newTag: v1.0.0 }]\n",
  "services/solo.yaml": `namespace: solo-1\n${DECLARATION}`,
  ...Object.fromEntries(
    ["dev", "staging"].flatMap((environment) =>
      ["web", "job", "solo"].map((name) => [`environments/${environment}/${name}.yaml`, values("sha-1111111", name)]),
    ),
  ),
};

describe("gitops service", function () {
  this.timeout(120_000);
  this.slow(10_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make({ files: FILES });
  });
  afterEach(() => github.remove());

  const asDora = { login: "dora" };
  const add = (more: Partial<AddOrder> = {}) =>
    github.change((session, waiting) => addService(session, { ...ORDER, ...more }, waiting), asDora);
  const move = (service: string, namespace: string) =>
    github.change((session, waiting) => moveService(session, { service, namespace }, waiting), asDora);
  const retire = (service: string, ...environments: string[]) => {
    const order = {
      service,
      reason: "nobody calls it",
      environments: environments.length > 0 ? environments : undefined,
    };
    return github.change((session, waiting) => retireService(session, order, waiting), asDora);
  };
  const pathsOf = async (pull_number = 0) => {
    const { data } = await github.octokit("owner").rest.pulls.listFiles({ ...repository, pull_number, per_page: 100 });
    return data.map(({ filename }) => filename).sort();
  };
  const merge = async (number = 0) => {
    await github.sayValid(number);
    await github.approve("pat", number);
    await github.merge("dora", number);
  };

  describe("add", () => {
    it("opens one pull request with the declaration, all values and the objects that follow main", async () => {
      const outcome = await add();
      assert.equal(outcome.state, "opened");
      const number = outcome.pullRequest?.number ?? 0;
      const wanted = [
        "delivery/dev/shop.yaml",
        "delivery/staging/shop.yaml",
        "environments/dev/shop.yaml",
        "environments/prod/shop.yaml",
        "environments/staging/shop.yaml",
        "services/shop.yaml",
      ];
      assert.deepEqual([await pathsOf(number), outcome.files], [wanted, wanted]);
      const { title, head, body } = await github.pull(number);
      assert.deepEqual([title, head.ref], ["Add shop to dev, staging, prod", "catalogue/add-shop"]);
      assert.match(
        body ?? "",
        /^Adds the service `shop` of the team `developers`[^]*prod: the workflow Release then opens/,
      );
      const [message] = await github.log("catalogue/add-shop", "-1");
      assert.equal(message, "Add shop to dev, staging, prod\n\nService: shop\nRequested-By: @dora");
      const declaration = await github.read("services/shop.yaml", head.ref);
      const lines = ["team: developers", "groups: [shop-team]", "environments: [dev, staging, prod]"];
      assert.equal(declaration, ["$schema: ../service.schema.json", ...lines, ""].join("\n"));
      assert.match(await github.read("delivery/dev/shop.yaml", head.ref), /kind: Namespace\n[^]*kind: Application\n/);

      const again = await add();
      assert.deepEqual([again.state, again.pullRequest?.number], ["open", number]);
      await merge(number);
      assert.deepEqual((await add()).state, "already");
      assert.equal((await github.pulls()).length, 1);
      await assert.rejects(
        add({ team: "platform" }),
        /^Failure: service: got shop, which services\/shop\.yaml declares in/,
      );
    });

    it("joins another service, and copies values without what belongs to that one", async () => {
      const outcome = await add({ joins: "web", environments: ["dev"], from: "web", image: undefined });
      const head = "catalogue/add-shop";
      assert.equal(outcome.state, "opened");
      assert.match(await github.read("services/shop.yaml", head), /\njoins: web\nenvironments: \[dev\]\n$/);
      assert.match(await github.read("environments/dev/shop.yaml", head), /repository: ghcr\.io\/vaarak\/web\n/);
      assert.doesNotMatch(await github.read("delivery/dev/shop.yaml", head), /kind: Namespace\n/);
    });

    it("reports everything that is wrong in one report, and changes nothing", async () => {
      const wrong = {
        service: "catalogue",
        team: "develpers",
        environments: ["prd"],
        image: "ghcr.io/vaarak/shop:latest",
      };
      await assert.rejects(add(wrong), (error: Error) => {
        const lines = error.message.split("\n").map((line) => line.trim());
        const expected = [
          /^service: got "catalogue"; expected at most 53 .*, not charts or catalogue\./,
          /^env: got "prd"; expected one of dev, staging, prod\. Did you mean prod\?$/,
          /^team: got "develpers"; expected a team of the organisation vaarak\. Did you mean developers\?$/,
          /^image\.tag: got "latest"; expected/,
        ];
        for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? "", pattern);
        return lines.length === expected.length;
      });
      await assert.rejects(add({ environments: [], image: undefined }), (error: Error) => {
        return /env: got nothing[^]*image: got nothing/.test(error.message);
      });
      await assert.rejects(
        add({ from: "api" }),
        /from: got api, which has none there; expected a service with values in staging/,
      );
      await assert.rejects(add({ from: "own" }), /from: got own, whose source is kustomize, charts\/own; expected/);
      await assert.rejects(
        add({ service: "own", namespace: "x" }),
        /service: got own, which .* declares in another way/,
      );
      await assert.rejects(add({ team: "nobody", joins: "wep", environments: ["dev", "prd"] }), (error: Error) =>
        /env: got "prd"[^]*team: got "nobody"[^]*joins: got "wep"/.test(error.message),
      );
      await assert.rejects(add({ joins: "wep", namespace: "x" }), /services\/shop\.yaml.*either namespace or joins/s);
      await assert.rejects(add({ joins: "wep" }), /services\/shop\.yaml.*joins: got "wep"; .*Did you mean web\?/s);
      await assert.rejects(add({ namespace: "solo-1" }), /another namespace than solo-1, which the service/);
      assert.deepEqual(await github.pulls(), []);
    });

    it("declares a service of an older version where it has values, which stay as they are", async () => {
      const api = { service: "api", environments: [], image: undefined };
      const outcome = await add(api);
      const number = outcome.pullRequest?.number ?? 0;
      const wanted = ["delivery/dev/api.yaml", "services/api.yaml"];
      assert.deepEqual([outcome.summary, await pathsOf(number), outcome.files], ["Declare api in dev", wanted, wanted]);
      const head = "catalogue/add-api";
      assert.match(await github.read("services/api.yaml", head), /\nenvironments: \[dev\]\n$/);
      assert.match(await github.read("delivery/dev/api.yaml", head), /kind: Namespace\n[^]*kind: Application\n/);
      const { body } = await github.pull(number);
      assert.match(
        body ?? "",
        /^Declares the service `api` of the team `developers` in dev, .* Its values in dev stay as they are\.\n\n\*\*/,
      );
      assert.match(
        body ?? "",
        /\*\*The platform must hand its namespace over before this is merged\*\*[^]*"A service that a stack delivered"/,
      );
      assert.match(body ?? "", /Check that the namespace `api` is the one that it has: where the guard only warns, /);
      assert.deepEqual((await add(api)).state, "open");
      await merge(number);
      assert.deepEqual([(await add(api)).state, (await add(api)).summary], ["already", "Add api to dev"]);
    });

    it("adds values to a service of an older version only where it has none", async () => {
      const outcome = await add({ service: "api", environments: ["staging", "dev"] });
      const wanted = ["delivery/dev/api.yaml", "delivery/staging/api.yaml", "environments/staging/api.yaml"];
      assert.deepEqual(await pathsOf(outcome.pullRequest?.number), [...wanted, "services/api.yaml"]);
      await assert.rejects(
        add({ service: "api", environments: ["staging"] }),
        /^Failure: env: got staging; expected dev too, where api has values already\. Leave --env out, or delete/,
      );
      await assert.rejects(add({ service: "api", environments: ["dev", "prd"], from: "web" }), (error: Error) =>
        /env: got "prd"[^]*image: got ghcr[^]* expected nothing, because api has values[^]*from: got web/.test(
          error.message,
        ),
      );
    });

    it("is for people, because a bot may change images only", async () => {
      const asBot = github.change((session, waiting) => addService(session, ORDER, waiting), { login: "bump" });
      await assert.rejects(asBot, /^Failure: GITOPS_BOT: got bump\[bot\]; expected nothing/);
    });

    it("prints its result as JSON or on a line", async () => {
      const env = {
        ...environmentOf(github.url, "dora"),
        GIT_AUTHOR_NAME: "Dora",
        GIT_AUTHOR_EMAIL: "dora@example.com",
      };
      const args = ["service", "add", "shop", "--team", "developers", "--image", "ghcr.io/vaarak/shop:sha-1111111"];
      const first = await gitops(env, ...args, "--env", "dev", "--env", "staging", "--json");
      assert.deepEqual([first.code, first.stderr.includes("Opened http")], [0, true], first.stderr);
      const { state, summary } = JSON.parse(first.stdout) as { state: string; summary: string };
      assert.deepEqual([state, summary], ["opened", "Add shop to dev, staging"]);
      const second = await gitops(env, ...args, "--env", "dev", "--env", "staging");
      assert.match(second.stdout, /^Add shop to dev, staging: waits for the platform team, http.*\/pull\/1\n$/);
    });
  });

  describe("move", () => {
    it("opens a pull request that renders the new namespace, and says that the old one is deleted", async () => {
      const outcome = await move("solo", "solo-2");
      const number = outcome.pullRequest?.number ?? 0;
      assert.deepEqual(await pathsOf(number), [
        "delivery/dev/solo.yaml",
        "delivery/staging/solo.yaml",
        "services/solo.yaml",
      ]);
      const head = "catalogue/move-solo";
      assert.equal(await github.read("services/solo.yaml", head), `namespace: solo-2\n${DECLARATION}`);
      assert.match(await github.read("delivery/dev/solo.yaml", head), /kind: Namespace\n[^]*?\n {2}name: solo-2\n/);
      const { body } = await github.pull(number);
      assert.match(body ?? "", /\*\*Argo CD deletes the namespace `solo-1` with everything in it\*\*/);
      assert.deepEqual([(await move("solo", "solo-2")).state, (await github.pulls()).length], ["open", 1]);
      await merge(number);
      assert.equal((await move("solo", "solo-2")).state, "already");
    });

    it("refuses where objects of others would be deleted, or would stay", async () => {
      await assert.rejects(
        move("web", "x"),
        /namespace: got x; expected web: job would be deleted with the namespace, or stay in it\. Retire those/,
      );
      await assert.rejects(
        move("job", "x"),
        /its objects would stay in the namespace of web\. Retire it in dev, staging, then add/,
      );
      await assert.rejects(move("solo", "web"), /expected another namespace than web, which/);
      await assert.rejects(move("solo", "kube-system"), /expected another namespace/);
      await assert.rejects(move("nobody", "x"), /^Failure: service: got "nobody"; expected one that there is/);
      await assert.rejects(
        move("nobody", "X"),
        /^Failure: service: got "nobody"; [^]*\n?.*namespace: got "X"; expected an RFC 1123 label/,
      );
    });
  });

  describe("retire", () => {
    it("deletes the kustomization of a service that has one", async () => {
      const number = (await retire("own", "dev")).pullRequest?.number;
      const files = ["delivery/dev/own.yaml", "environments/dev/own/kustomization.yaml", "services/own.yaml"];
      assert.deepEqual(await pathsOf(number), files);
    });

    it("removes the values first, and then what is left where the workload is gone", async () => {
      const first = await retire("job", "staging");
      const number = first.pullRequest?.number ?? 0;
      assert.deepEqual(
        [first.summary, await pathsOf(number)],
        ["Retire job in staging", ["delivery/staging/job.yaml", "environments/staging/job.yaml", "services/job.yaml"]],
      );
      const head = "catalogue/retire-job";
      assert.match(await github.read("services/job.yaml", head), /\nenvironments: \[dev\]\nretired: \[staging\]\n$/);
      assert.match(await github.read("delivery/staging/job.yaml", head), /allowEmpty: true\n/);
      assert.match(
        (await github.log(head, "-1"))[0] ?? "",
        /^Retire job in staging\n\nnobody calls it\n\nService: job\n/,
      );
      assert.equal((await retire("job", "staging")).state, "open");
      await merge(number);

      const second = await retire("job", "staging");
      assert.deepEqual([second.state, second.summary], ["opened", "Remove job from staging"]);
      assert.deepEqual(await pathsOf(second.pullRequest?.number), ["delivery/staging/job.yaml", "services/job.yaml"]);
      await merge(second.pullRequest?.number);
      await assert.rejects(retire("job", "staging"), /env: got "staging", where job is not; expected one of .*: dev\./);

      await merge((await retire("job")).pullRequest?.number);
      const last = await retire("job");
      assert.deepEqual([last.state, last.summary], ["opened", "Remove job from the catalogue"]);
      assert.deepEqual(await pathsOf(last.pullRequest?.number), ["delivery/dev/job.yaml", "services/job.yaml"]);
      await merge(last.pullRequest?.number);
      assert.equal((await retire("job")).state, "already");
      await assert.rejects(retire("web", "prod", "prd"), (error: Error) => {
        return /env: got "prod", where web is not[^]*env: got "prd", where web is not/.test(error.message);
      });
      await assert.rejects(retire("jop"), /^Failure: service: got "jop"; expected one that there is\./);
    });

    it("keeps the owner of a namespace in which others live", async () => {
      await merge((await retire("web")).pullRequest?.number);
      await assert.rejects(retire("web"), /service: got web, which job joins; expected nobody in the namespace web/);
    });
  });
});
