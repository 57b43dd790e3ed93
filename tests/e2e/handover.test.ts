/** The catalogue takes over a service that an earlier version of the program delivered from the stack. */
import assert from "node:assert/strict";
import { readFile, writeFile as write } from "node:fs/promises";
import { parse, stringify } from "yaml";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { until } from "@gitops-platform/clients/until";
import { handedOver } from "@gitops-platform/components/delivery/handover";
import { findEnvironment } from "@gitops-platform/environments/environments";
import { FIELD_MANAGER } from "@gitops-platform/engine/providers/kubernetes/provider";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { gitHostUrl } from "@gitops-platform/sandbox/stack-files";
import { approveAndMerge, changesService, fileOn, gitops, writeFile } from "./support/people";
import { cluster, engine, kubectl, paths, reconfigure, upChangesNothing } from "./support/platform";

const SERVICE = "legacy";
const KEY = "gitops-platform:handover";
/** Its guard denies, and it cascades: deleting an Application deletes the workload. */
const WHERE = "staging";
const { stackFile, stateFile } = paths.environments[WHERE];

describe("a service that an earlier version delivered from its stack", function () {
  this.timeout("10m");
  let existing: readonly string[] = [];

  before(async () => {
    await writeValues();
    await deliverAsBefore();
    await configure([{ name: SERVICE }]);
    const { exitCode, all } = await engine("up", WHERE);
    assert.equal(exitCode, 0, all);
    await registerAsBefore();
    await configure(undefined);
    await until("the service runs", async () => {
      existing = await objects();
      return existing.length === OBJECTS.length ? { done: true } : { waitingFor: existing.join() };
    });
  });

  it("is not deleted by an upgrade, which refuses to forget it", async () => {
    const { exitCode, all } = await engine("up", WHERE);
    assert.equal(exitCode, 1, all);
    assert.match(all, FORGOTTEN);
    assert.deepEqual(await objects(), existing);
  });

  it("is handed over without a change of what runs", async () => {
    await configure([{ name: SERVICE }]);
    const { exitCode, all } = await engine("up", WHERE);
    assert.equal(exitCode, 0, all);
    assert.deepEqual(await objects(), existing);
    await upChangesNothing(WHERE);
  });

  it("is not forgotten before the catalogue has taken it over", async () => {
    await configure(undefined);
    const { exitCode, all } = await engine("up", WHERE);
    assert.equal(exitCode, 1, all);
    assert.match(all, FORGOTTEN);
    assert.deepEqual(await objects(), existing);
    await configure([{ name: SERVICE }]);
  });

  it("is taken over by the catalogue after one pull request, which leaves its values as they are", async () => {
    const values = await fileOn("main", VALUES);
    await approveAndMerge(await changesService("add", SERVICE, "--team", "platform"));
    await until("the Application is the catalogue's", async () => {
      const application = await cluster(WHERE).get(OBJECTS[0]);
      const id = application?.metadata.annotations?.["argocd.argoproj.io/tracking-id"] ?? "nothing";
      return id.startsWith("catalogue:") ? { done: true } : { waitingFor: id };
    });
    await applicationsHealthy(paths, WHERE);
    assert.deepEqual(await objects(), existing);
    assert.equal(await fileOn("main", VALUES), values);
  });

  it("is left alone by up while the stack still names it, and forgotten by up afterwards", async () => {
    await upChangesNothing(WHERE);
    await configure(undefined);
    const { exitCode, all } = await engine("up", WHERE);
    assert.equal(exitCode, 0, all);
    assert.deepEqual(own(await readState()), []);
    assert.deepEqual(await objects(), existing);
    await applicationsHealthy(paths, WHERE);
    await upChangesNothing(WHERE);
  });
});

const FORGOTTEN = /handover: got nothing; expected the service legacy in the namespace legacy too, whose Application/;

const VALUES = `environments/${WHERE}/${SERVICE}.yaml`;

/** What must be the same objects all the time. */
const OBJECTS = [
  { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: SERVICE },
  { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", namespace: "argocd", name: `${WHERE}-${SERVICE}` },
  { apiVersion: "v1", kind: "Namespace", name: SERVICE },
  { apiVersion: "v1", kind: "ResourceQuota", namespace: SERVICE, name: "pods" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", namespace: SERVICE, name: "default-deny" },
  { apiVersion: "apps/v1", kind: "Deployment", namespace: SERVICE, name: SERVICE },
] as const;

/** The identities of those that exist, and the Deployment's generation, which counts the changes of its spec. */
async function objects(): Promise<string[]> {
  const found = await Promise.all(OBJECTS.map((ref) => cluster(WHERE).get(ref)));
  return found.flatMap((object) => {
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return [];
    const { uid, generation } = object.metadata as { uid?: string; generation?: number };
    return [`${object.kind} ${uid ?? ""}${object.kind === "Deployment" ? ` ${generation ?? ""}` : ""}`];
  });
}

/** Values without a declaration, as in a repository that an earlier version made. */
async function writeValues(): Promise<void> {
  const protectAgain = await reconfigure("prod", (config) => {
    Object.assign(config["gitops-platform:repository"] as object, { enforcement: "disabled" });
  });
  const text = (await fileOn("main", `environments/${WHERE}/api.yaml`)).replaceAll("vaarak/api", `vaarak/${SERVICE}`);
  await writeFile("engineer", "main", VALUES, text, `Add ${SERVICE}`);
  await protectAgain();
}

/** Sets what the stack hands over, without running `up`. */
async function configure(handover: readonly { name: string }[] | undefined): Promise<void> {
  const stack = parse(await readFile(stackFile, "utf8")) as { config: Record<string, unknown> };
  if (handover) stack.config[KEY] = handover;
  else Reflect.deleteProperty(stack.config, KEY);
  await write(stackFile, stringify(stack));
}

/** Creates what version 0.1.0 did: without the service's label, and handed over to nobody. */
async function deliverAsBefore(): Promise<void> {
  const repositoryUrl = `${gitHostUrl(await rememberedPorts(paths))}/${gitops.owner}/${gitops.repo}.git`;
  const environment = findEnvironment(WHERE) ?? assert.fail();
  for (const { object } of handedOver([{ name: SERVICE, namespace: SERVICE }], environment, repositoryUrl)) {
    await cluster(WHERE).apply(asBefore(object as KubernetesObject), { fieldManager: FIELD_MANAGER });
  }
}

function asBefore(object: KubernetesObject): KubernetesObject {
  const { labels = {}, annotations = {}, ...metadata } = object.metadata;
  const without = (all: Readonly<Record<string, string>>, key: string) =>
    Object.fromEntries(Object.entries(all).filter(([each]) => each !== key));
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: without(labels, "gitops-platform/service"),
      annotations: without(annotations, "gitops-platform/handover"),
    },
  };
}

interface RecordOfBefore {
  readonly urn: string;
  retainOnDelete?: true;
  inputs: KubernetesObject;
}

interface State {
  readonly resources: RecordOfBefore[];
}

async function readState(): Promise<State> {
  return JSON.parse(await readFile(stateFile, "utf8")) as State;
}

/** The records of the service's resources. */
function own({ resources }: State): RecordOfBefore[] {
  return resources.filter(({ urn }) => urn.includes(SERVICE));
}

/** Makes of the stack's records those of version 0.1.0, whose resources are deleted with their registration. */
async function registerAsBefore(): Promise<void> {
  const state = await readState();
  assert.equal(own(state).length, OBJECTS.length - 1);
  for (const record of own(state)) {
    delete record.retainOnDelete;
    record.inputs = asBefore(record.inputs);
  }
  await write(stateFile, JSON.stringify(state));
  for (const [kind, name] of [
    ["namespace", SERVICE],
    ["application", SERVICE],
    ["appproject", `${WHERE}-${SERVICE}`],
  ] as const) {
    const place = kind === "namespace" ? [] : ["--namespace=argocd"];
    await kubectl(WHERE, "annotate", kind, name, ...place, "gitops-platform/handover-");
    await kubectl(WHERE, "label", kind, name, ...place, "gitops-platform/service-");
  }
}
