import assert from "node:assert/strict";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "yaml";
import { graph } from "@gitops-platform/environments/environments";
import { mirrorDifferences, type Values } from "@gitops-platform/rules/mirror";
import { parseRules } from "@gitops-platform/rules/rules";
import schema from "../../../../gitops-repo/charts/service/values.schema.json";
import { copiedValues, firstValues, parseImage } from "../../catalogue/first-values";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const image = { repository: "ghcr.io/vaarak/shop", tag: "sha-1111111", digest: undefined };
const file = (environment: string) => ({ environment, service: "shop" });
const { resources, staging } = parseRules(undefined).rules;
const validate = new Ajv2020({ strict: false }).compile(schema);

describe("the first values of a service", () => {
  const made = (environment: string, rules = resources) =>
    firstValues({ file: file(environment), image, graph, resources: rules });

  it("are accepted by the chart, and staging's mirror production's", () => {
    for (const environment of graph.names) {
      assert.equal(validate(parse(made(environment))), true, JSON.stringify(validate.errors));
    }
    const [tried, released] = ["staging", "prod"].map((environment) => parse(made(environment)) as Values);
    assert.ok(tried && released);
    assert.deepEqual(mirrorDifferences(tried, released, staging), []);
    assert.equal(released.replicaCount, 2);
  });

  it("have a CPU limit where the platform team requires one, and say when a change is deployed", () => {
    const { resources: limits } = parse(made("dev", { cpuLimit: "required" })) as { resources: { limits: object } };
    assert.deepEqual(Object.keys(limits.limits), ["cpu", "memory"]);
    assert.match(
      made("prod"),
      /^# The service shop in prod\. A change here is deployed when its release into env\/prod/,
    );
    assert.match(made("dev"), /^# The service shop in dev\. Every commit to this file is deployed at once\.\nimage:/);
  });

  it("can be another service's, without what belongs to that one alone", () => {
    const text = `# The API service
replicaCount: 3 # as many as zones
image:
  repository: ghcr.io/vaarak/api
  tag: "sha-2222222" # Updated by CI pipeline
ingress: { className: nginx, hosts: [api.example.com] }
serviceAccount: { annotations: { role: api } }
envFromSecrets: [api-db]
env:
  LOG_LEVEL: info
`;
    const copied = copiedValues(text, { file: file("dev"), graph, image: { ...image, digest: DIGEST } });
    assert.deepEqual(copied.left, ["ingress", "envFromSecrets", "serviceAccount"]);
    assert.equal(
      copied.text,
      `# The service shop in dev. Every commit to this file is deployed at once.
replicaCount: 3 # as many as zones
image:
  repository: ghcr.io/vaarak/shop
  tag: "sha-1111111" # Updated by CI pipeline
  digest: "${DIGEST}"
env:
  LOG_LEVEL: info
`,
    );
    const kept = copiedValues(text, { file: file("dev"), graph, image: undefined });
    assert.match(kept.text, /repository: ghcr\.io\/vaarak\/api\n {2}tag: "sha-2222222" #/);
  });
});

describe("an image on the command line", () => {
  it("has a repository, a tag and perhaps a digest", () => {
    assert.deepEqual(parseImage("registry.example.com:5000/team/shop:v1.2.0"), {
      image: { repository: "registry.example.com:5000/team/shop", tag: "v1.2.0", digest: undefined },
    });
    assert.deepEqual(parseImage(`ghcr.io/vaarak/shop:v1@${DIGEST}`), {
      image: { repository: "ghcr.io/vaarak/shop", tag: "v1", digest: DIGEST },
    });
  });

  for (const text of [
    "",
    "shop",
    "ghcr.io/vaarak/shop",
    "shop:v1",
    "ghcr.io/vaarak/shop:",
    "ghcr.io/x:v1@sha256:1",
    "a.b/c:v@d@e",
  ]) {
    it(`is refused as ${JSON.stringify(text)}`, () => {
      const read = parseImage(text);
      assert.ok("problem" in read);
      assert.match(read.problem, /^image: got ".*"; expected <registry>\/<path>:<tag>/);
    });
  }
});
