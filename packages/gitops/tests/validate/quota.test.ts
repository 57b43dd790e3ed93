import assert from "node:assert/strict";
import { deploymentText } from "@gitops-platform/test-support/workload";
import { amount } from "@gitops-platform/rules/quantity";
import { objectsOf } from "../../validate/objects";
import { demandOf } from "../../validate/quota";

const OBJECTS = deploymentText("shop", "ghcr.io/vaarak/shop:v1.0.0").replace("replicas: 1", "replicas: 3");
const container = (cpu: string, more = "") => `{ name: a, resources: { requests: { cpu: ${cpu} } }${more} }`;
const workload = (kind: string, spec: string) =>
  `---\napiVersion: ${kind.endsWith("Job") ? "batch/v1" : "apps/v1"}\nkind: ${kind}\n` +
  `metadata: { name: shop-${kind.toLowerCase()} }\nspec: ${spec}\n`;
const template = (cpu: string) => `template: { spec: { containers: [${container(cpu)}] } }`;

/** The demand for pods, CPU and memory. */
function demand(manifests: string): (string | number)[] {
  const {
    pods,
    "requests.cpu": cpu,
    "requests.memory": memory,
    "limits.memory": limit,
  } = demandOf(objectsOf(manifests));
  return [pods / amount(1), cpu / amount("1m"), memory / amount("1Mi"), limit / amount("1Mi")];
}

describe("what the pods of a namespace need", () => {
  it("is that of all replicas, and of the pod that an update adds before it removes one", () => {
    const pods = (replicas: number, strategy = "{}") => {
      const text = OBJECTS.replace("replicas: 3", `replicas: ${replicas}\n  strategy: ${strategy}`);
      return demand(text)[0];
    };
    assert.deepEqual(demand(OBJECTS), [4, 400, 256, 256]);
    assert.deepEqual(demand(OBJECTS.replace("  replicas: 3\n", "")), [2, 200, 128, 128]);
    assert.equal(pods(0), 0);
    assert.equal(pods(0, "{ rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }"), 0);
    assert.equal(pods(4), 4);
    assert.equal(pods(20, "{ rollingUpdate: { maxUnavailable: 0 } }"), 21);
    assert.equal(pods(20, "{ rollingUpdate: { maxSurge: 5, maxUnavailable: 4% } }"), 21);
    assert.equal(pods(20, "{ rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }"), 20);
    // Kubernetes then stops a pod first: it rounds this to none, and an update could not begin.
    assert.equal(pods(20, "{ rollingUpdate: { maxSurge: 0, maxUnavailable: 4% } }"), 20);
    assert.equal(pods(3, "{ type: Recreate }"), 3);
    assert.deepEqual(demand(OBJECTS.replace("kind: Deployment", "kind: StatefulSet"))[0], 3);
  });

  it("is that of the others, where a quantity is none", () => {
    assert.deepEqual(demand(OBJECTS.replace("cpu: 100m", "cpu: 100mi")), [4, 0, 256, 256]);
  });

  it("is that of the most replicas that an autoscaler makes", () => {
    const scaler = (name: string) =>
      `---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: shop }\n` +
      `spec: { scaleTargetRef: { kind: Deployment, name: ${name} }, maxReplicas: 10 }\n`;
    assert.deepEqual(demand(OBJECTS + scaler("shop")), [10, 1000, 640, 640]);
    assert.deepEqual(demand(OBJECTS + scaler("shop-worker")), [4, 400, 256, 256]);
  });

  it("is that of jobs too", () => {
    const job = (spec: string) => demand(workload("Job", `{ ${spec}${template("1")} }`)).slice(0, 2);
    assert.deepEqual(job(""), [1, 1000]);
    assert.deepEqual(job("parallelism: 4, "), [4, 4000]);
    assert.deepEqual(job("parallelism: 4, completions: 2, "), [2, 2000]);
    const cron = workload("CronJob", `{ jobTemplate: { spec: { parallelism: 2, ${template("1")} } } }`);
    assert.deepEqual(demand(cron).slice(0, 2), [2, 2000]);
  });

  it("is that of the containers together, or of an init container with the sidecars before it", () => {
    const pod = (init: string, cpu: string) => {
      const spec = `{ initContainers: [${init}], containers: [${container(cpu)}, ${container("100m")}] }`;
      return demand(workload("StatefulSet", `{ template: { spec: ${spec} } }`))[1];
    };
    const sidecar = container("200m", ", restartPolicy: Always");
    assert.equal(pod("", "300m"), 400);
    assert.equal(pod(container("1"), "300m"), 1000);
    assert.equal(pod(sidecar, "300m"), 600);
    assert.equal(pod(`${sidecar}, ${container("500m")}`, "300m"), 700);
    assert.equal(pod(`${container("500m")}, ${sidecar}`, "300m"), 600);
  });

  it("is the limit where there is no request, or what the pod says for itself", () => {
    const limited = OBJECTS.replace("requests: { cpu: 100m, memory: 64Mi }", "requests: { cpu: 100m }");
    assert.deepEqual(demand(limited), [4, 400, 256, 256]);
    const ofPod = OBJECTS.replace("    spec:\n", "    spec:\n      resources: { requests: { cpu: 2 } }\n");
    assert.deepEqual(demand(ofPod), [4, 8000, 256, 256]);
  });
});
