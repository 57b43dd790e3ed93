import assert from "node:assert/strict";
import { stringify } from "yaml";
import { graph } from "@gitops-platform/environments/environments";
import { candidate } from "../../validate/candidate";
import { exceptionProblems, newExceptions, takenHosts } from "../../validate/service-rights";
import { parseRules } from "@gitops-platform/rules/rules";
import { values } from "@gitops-platform/test-support/gitops-repository";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const file = { service: "api", environment: "dev" };
const text = (exceptions: object) => stringify({ exceptions });
const allowed = (entries: string) => parseRules(`exceptions: [${entries}]\n`).rules.exceptions;

describe("an exception in a service's values", () => {
  it("is refused, with the line that would allow it", () => {
    assert.deepEqual(exceptionProblems(file, undefined, text({ runAsUser: 1000 }), []), [
      "exceptions.runAsUser: got 1000; expected 65532, the chart's default. Remove it; where it has to be, the " +
        "platform team allows it in gitops.yaml: " +
        "- { service: api, exception: runAsUser, reason: … } below exceptions.",
    ]);
    const all = text({ runAsUser: 1, writableRoot: true, privilegedPort: 80 });
    assert.equal(exceptionProblems(file, undefined, all, []).length, 3);
  });

  it("is accepted with the chart's default, or if it existed before", () => {
    const none = text({ runAsUser: 65532, writableRoot: false, privilegedPort: 0 });
    assert.deepEqual(exceptionProblems(file, undefined, none, []), []);
    assert.deepEqual(exceptionProblems(file, text({ privilegedPort: 80 }), text({ privilegedPort: 80 }), []), []);
    assert.equal(exceptionProblems(file, text({ privilegedPort: 80 }), text({ privilegedPort: 81 }), []).length, 1);
  });

  it("is accepted if the platform team allows it for that service and environment", () => {
    const rules = allowed(
      "{service: api, environment: dev, exception: writableRoot, reason: It writes beside its binary}",
    );
    const asked = text({ writableRoot: true });
    assert.deepEqual(exceptionProblems(file, undefined, asked, rules), []);
    assert.equal(exceptionProblems({ ...file, environment: "prod" }, undefined, asked, rules).length, 1);
    assert.equal(exceptionProblems({ ...file, service: "web" }, undefined, asked, rules).length, 1);
    assert.equal(exceptionProblems(file, undefined, text({ privilegedPort: 80 }), rules).length, 1);
  });
});

describe("the hosts of a service", () => {
  let local: LocalRepository;
  beforeEach(() => {
    local = new LocalRepository();
  });
  afterEach(() => {
    local.remove();
  });

  const withHosts = (more: object) => `${values("sha-1111111")}${stringify(more)}`;
  const path = (service: string, environment = "dev") => `environments/${environment}/${service}.yaml`;

  async function problems(
    base: Record<string, string>,
    files: Record<string, string | null>,
    reserved: string[] = [],
  ): Promise<string[]> {
    const before = local.commit(base);
    const change = await candidate(local.clone, "main", before, local.commit(files), graph);
    const found = [...(await takenHosts(change, { reserved })), ...(await newExceptions(change, []))];
    return found.map(({ file, message }) => `${file ?? ""}: ${message}`);
  }

  it("are refused if another service of the environment has them, in any kind of route", async () => {
    const taken = { [path("web")]: withHosts({ gateway: { name: "public", hosts: ["www.example.com"] } }) };
    const asked = withHosts({ ingress: { hosts: ["www.example.com", "api.example.com"] } });
    assert.deepEqual(await problems(taken, { [path("api")]: asked }), [
      `${path("api")}: hosts: got "www.example.com", a host of web; ` +
        "expected one that no other service in dev has. Choose another.",
    ]);
  });

  it("are accepted if they are unchanged, of another environment, or of the same service", async () => {
    const www = withHosts({ ingress: { hosts: ["www.example.com"] } });
    assert.deepEqual(await problems({ [path("web", "staging")]: www }, { [path("api")]: www }), []);
    assert.deepEqual(await problems({ [path("api")]: www }, { [path("api")]: `${www}replicaCount: 2\n` }), []);
    const both = withHosts({ ingress: { hosts: ["a.example.com"] }, gateway: { hosts: ["a.example.com"] } });
    assert.deepEqual(await problems({}, { [path("shop")]: both }), []);
  });

  it("are refused if the platform team reserves them, in any kind of route", async () => {
    const asked = (host: string) => [
      withHosts({ ingress: { hosts: [host] } }),
      withHosts({ gateway: { name: "public", hosts: ["api.example.com", host] } }),
    ];
    const none = { [path("api")]: values("sha-1111111") };
    const reserved = ["argocd.dev.example.com", "*.platform.example.com"];
    for (const content of asked("argocd.dev.example.com")) {
      assert.deepEqual(await problems(none, { [path("api")]: content }, reserved), [
        `${path("api")}: hosts: got "argocd.dev.example.com", reserved by argocd.dev.example.com below ` +
          "hosts.reserved in gitops.yaml; expected a host of the service. Choose another.",
      ]);
      assert.deepEqual(await problems({ [path("api")]: content }, { [path("api")]: `${content}a: 1\n` }, reserved), []);
    }
    for (const content of asked("hooks.eu.platform.example.com")) {
      assert.equal(
        (await problems({ [path("api", "prod")]: "" }, { [path("api", "prod")]: content }, reserved)).length,
        1,
      );
    }
    for (const content of asked("myargocd.dev.example.com")) {
      assert.deepEqual(await problems(none, { [path("api")]: content }, reserved), []);
    }
  });

  it("are compared with the other services of the same change", async () => {
    const www = withHosts({ ingress: { hosts: ["www.example.com"] } });
    assert.equal((await problems({}, { [path("api")]: www, [path("web")]: www })).length, 2);
    const moved = withHosts({ ingress: { hosts: ["moved.example.com"] } });
    assert.deepEqual(await problems({ [path("old")]: moved }, { [path("old")]: null, [path("new")]: moved }), []);
  });
});
