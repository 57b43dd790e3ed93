import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubernetesObject, ObjectRef } from "@gitops-platform/clients/kubernetes";
import { FakeKubernetesStore, Refusal } from "./fake-kubernetes-store";

interface Kind {
  name: string;
  kind: string;
  namespaced: boolean;
}

const TOKEN = "fake-token";

/**
 * A loopback stand-in for kube-apiserver: discovery, get, paged lists (also of metadata only), server-side apply with
 * conflicts and dry runs, merge patches,
 * finalizers and watches. It has no controllers: tests set statuses and remove finalizers themselves.
 */
export class FakeKubernetes {
  readonly store = new FakeKubernetesStore();
  /** Each request as `METHOD path?query`. */
  readonly requests: string[] = [];
  /** The propagation policies of the deletions, in order. */
  readonly propagations: unknown[] = [];
  /** Answers to give instead of the usual ones, oldest first; undefined lets a request pass. */
  readonly planned: ({ status: number; message: string; headers?: Record<string, string> } | undefined)[] = [];
  /** Whether a new CustomResourceDefinition's kind is served at once; else when {@link establish} is called. */
  establishAtOnce = true;

  /** Whether it serves ValidatingAdmissionPolicy, and says who asks: Kubernetes did not before 1.28. */
  servesPolicies = true;
  /** What it says of itself. */
  version = "v1.34.1";

  /** What an admission policy says to every merge patch. Default: none refuses. */
  refusal: string | undefined;

  /** Number of connections so far. */
  connections = 0;

  readonly #kinds = new Map<string, Kind[]>([
    [
      "/api/v1",
      [
        { name: "namespaces", kind: "Namespace", namespaced: false },
        { name: "nodes", kind: "Node", namespaced: false },
        { name: "configmaps", kind: "ConfigMap", namespaced: true },
        { name: "secrets", kind: "Secret", namespaced: true },
        { name: "pods", kind: "Pod", namespaced: true },
      ],
    ],
    [
      "/apis/apps/v1",
      [
        { name: "deployments", kind: "Deployment", namespaced: true },
        { name: "deployments/scale", kind: "Scale", namespaced: true },
      ],
    ],
    [
      "/apis/apiextensions.k8s.io/v1",
      [{ name: "customresourcedefinitions", kind: "CustomResourceDefinition", namespaced: false }],
    ],
  ]);
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #watches = new Set<ServerResponse>();
  readonly #folder = mkdtempSync(join(tmpdir(), "fake-kubernetes-"));

  /** The address that it listens on. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A kubeconfig file for it, with the context `dev` and the namespace `default`. */
  get kubeconfig(): string {
    const file = join(this.#folder, "kubeconfig");
    writeFileSync(file, this.kubeconfigText());
    return file;
  }

  async start(): Promise<this> {
    this.#server.on("connection", () => this.connections++);
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.seed({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" }, status: { phase: "Active" } });
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true });
  }

  kubeconfigText(token = TOKEN): string {
    return JSON.stringify(
      {
        apiVersion: "v1",
        kind: "Config",
        "current-context": "dev",
        contexts: [{ name: "dev", context: { cluster: "dev", user: "dev" } }],
        clusters: [{ name: "dev", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
        users: [{ name: "dev", user: { token } }],
      },
      null,
      2,
    );
  }

  /** Puts an object there as some other program would have made it. */
  seed(object: KubernetesObject): void {
    this.store.put(this.#key(object, object.metadata.namespace, object.metadata.name), structuredClone(object));
  }

  /** Writes fields as another program does, which then owns them. */
  write(object: KubernetesObject, manager: string): void {
    this.store.apply(this.#key(object, object.metadata.namespace, object.metadata.name), object, manager, {
      force: true,
      dryRun: false,
    });
  }

  /** The object as it is now. */
  live(ref: ObjectRef): KubernetesObject | undefined {
    return this.store.get(this.#key(ref, ref.namespace, ref.name));
  }

  /** Sets fields without a new generation: a status, or the finalizers. */
  set(ref: ObjectRef, fields: { status?: unknown; finalizers?: string[] }): void {
    const key = this.#key(ref, ref.namespace, ref.name);
    const object = structuredClone(this.store.get(key));
    if (!object) throw new Error(`${key}: is not there`);
    if (fields.status !== undefined) object.status = fields.status;
    if (fields.finalizers) object.metadata.finalizers = fields.finalizers;
    this.store.put(key, object);
    if (object.metadata.deletionTimestamp && fields.finalizers?.length === 0) this.store.delete(key);
  }

  /** Serves the kind of a CustomResourceDefinition. */
  establish(definition: KubernetesObject): void {
    const spec = definition.spec as {
      group: string;
      scope: string;
      names: { plural: string; kind: string };
      versions: { name: string }[];
    };
    for (const version of spec.versions) {
      const root = `/apis/${spec.group}/${version.name}`;
      const kind = { name: spec.names.plural, kind: spec.names.kind, namespaced: spec.scope === "Namespaced" };
      this.#kinds.set(root, [...(this.#kinds.get(root) ?? []), kind]);
    }
  }

  /** Ends all watches: with an error event where one is given, else by closing their connections. */
  endWatches(error?: { code: number; reason: string }): void {
    for (const watch of this.#watches) {
      if (error)
        watch.end(
          `${JSON.stringify({ type: "ERROR", object: { kind: "Status", ...error, message: error.reason } })}\n`,
        );
      else watch.destroy();
    }
    this.#watches.clear();
  }

  /** Number of open watches. */
  get watches(): number {
    return this.#watches.size;
  }

  #key(ref: { apiVersion: string; kind: string }, namespace: string | undefined, name: string): string {
    const root = ref.apiVersion.includes("/") ? `/apis/${ref.apiVersion}` : `/api/${ref.apiVersion}`;
    const kind = this.#kinds.get(root)?.find((each) => each.kind === ref.kind);
    if (!kind) throw new Error(`${ref.apiVersion} ${ref.kind}: the fake serves no such kind`);
    return `${root} ${kind.name} ${kind.namespaced ? (namespace ?? "default") : ""} ${name}`;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    this.requests.push(`${method} ${url.pathname}${decodeURIComponent(url.search)}`);
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const planned = this.planned.shift();
    try {
      if (planned) {
        for (const [name, value] of Object.entries(planned.headers ?? {})) response.setHeader(name, value);
        throw new Refusal(planned.status, "Planned", planned.message);
      }
      if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Refusal(401, "Unauthorized", "Unauthorized");
      const body = text === "" ? undefined : (JSON.parse(text) as KubernetesObject);
      const isMetadata = request.headers.accept?.includes("as=PartialObjectMetadata") === true;
      const full = this.#answer(method, url, body, request.headers["content-type"] ?? "", response);
      const answer = isMetadata ? metadataOf(full) : full;
      if (answer === undefined) return;
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    } catch (error) {
      const { code, reason, message, causes } =
        error instanceof Refusal ? error : new Refusal(500, "InternalError", String(error));
      const details = { causes: causes.map((cause) => ({ message: cause })) };
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "Status", status: "Failure", code, reason, message, details }));
    }
  }

  #answer(
    method: string,
    url: URL,
    body: KubernetesObject | undefined,
    contentType: string,
    response: ServerResponse,
  ): unknown {
    if (url.pathname === "/apis") return this.#groups();
    const path =
      /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?(?<rest>(?:\/[^/]+){0,2})$/;
    const { root = "", namespace = "", rest = "" } = path.exec(url.pathname)?.groups ?? {};
    const [, plural, name] = rest.split("/");
    if (url.pathname === "/version") return { gitVersion: this.version };
    if (this.servesPolicies && root === "/apis/admissionregistration.k8s.io/v1") {
      const policy = { name: "validatingadmissionpolicies", kind: "ValidatingAdmissionPolicy", namespaced: false };
      return { kind: "APIResourceList", resources: [policy] };
    }
    if (this.servesPolicies && method === "POST" && plural === "selfsubjectreviews") {
      return { status: { userInfo: { username: "alice", groups: ["platform", "system:authenticated"] } } };
    }
    const kinds = this.#kinds.get(root);
    if (!kinds) throw new Refusal(404, "NotFound", "the server could not find the requested resource");
    if (plural === undefined) {
      const verbs = ["get", "list", "watch", "patch", "delete"];
      return { kind: "APIResourceList", resources: kinds.map((kind) => ({ ...kind, verbs })) };
    }
    const kind = kinds.find((each) => each.name === plural);
    if (!kind) throw new Refusal(404, "NotFound", "the server could not find the requested resource");
    const collection = `${root} ${plural}`;
    if (name === undefined) {
      if (url.searchParams.get("watch") !== "true") return this.#list(collection, namespace, url.searchParams);
      this.#watch(collection, namespace, url.searchParams, response);
      return undefined;
    }
    const key = `${collection} ${namespace} ${name}`;
    if (method === "PATCH" && contentType.startsWith("application/apply-patch")) {
      if (namespace !== "" && !this.store.get(`/api/v1 namespaces  ${namespace}`)) {
        throw new Refusal(404, "NotFound", `namespaces "${namespace}" not found`);
      }
      return this.#apply(key, body, url.searchParams);
    }
    const object = this.store.get(key);
    if (!object) throw new Refusal(404, "NotFound", `${plural} "${name}" not found`);
    if (method === "PATCH") {
      if (this.refusal !== undefined) throw new Refusal(403, "Forbidden", `${name} is forbidden`, [this.refusal]);
      const patched = { ...structuredClone(object), ...body, metadata: { ...object.metadata, ...body?.metadata } };
      return url.searchParams.get("dryRun") === "All" ? patched : this.store.put(key, patched);
    }
    if (method === "DELETE") {
      this.propagations.push(body?.propagationPolicy);
      this.store.delete(key);
    }
    return object;
  }

  #groups(): unknown {
    const served = [...this.#kinds.keys()].filter((root) => root.startsWith("/apis/"));
    const groups = served.map((root) => ({ preferredVersion: { groupVersion: root.slice("/apis/".length) } }));
    return { kind: "APIGroupList", groups };
  }

  #apply(key: string, body: KubernetesObject | undefined, query: URLSearchParams): KubernetesObject {
    if (!body) throw new Refusal(400, "BadRequest", "no object");
    const dryRun = query.get("dryRun") === "All";
    const options = { dryRun, force: query.get("force") === "true" };
    const namespace = key.split(" ")[2];
    const object = namespace ? { ...body, metadata: { ...body.metadata, namespace } } : body;
    const result = this.store.apply(key, object, query.get("fieldManager") ?? "", options);
    if (namespace) result.metadata.namespace = namespace;
    if (result.kind === "Namespace") result.status ??= { phase: "Active" };
    if (result.kind === "CustomResourceDefinition" && this.establishAtOnce && !dryRun) this.establish(result);
    return result;
  }

  #list(collection: string, namespace: string, query: URLSearchParams): unknown {
    const name = /^metadata\.name=(.*)$/.exec(query.get("fieldSelector") ?? "")?.[1];
    const labels = (query.get("labelSelector") ?? "").split(",").filter(Boolean);
    const matching = this.store.list(collection).filter((object) => {
      const own = object.metadata.labels ?? {};
      return (
        (namespace === "" || object.metadata.namespace === namespace) &&
        (name === undefined || object.metadata.name === name) &&
        labels.every((label) => isSelected(own, label))
      );
    });
    const start = Number(query.get("continue") ?? 0);
    const end = start + Number(query.get("limit") ?? matching.length);
    // As the real server: items of a list carry no apiVersion and kind.
    const items = matching.slice(start, end).map((object) => ({ ...object, apiVersion: undefined, kind: undefined }));
    const resourceVersion = String(this.store.events.length);
    return {
      kind: "List",
      metadata: { resourceVersion, ...(end < matching.length ? { continue: String(end) } : {}) },
      items,
    };
  }

  #watch(collection: string, namespace: string, query: URLSearchParams, response: ServerResponse): void {
    let next = Number(query.get("resourceVersion"));
    const name = /^metadata\.name=(.*)$/.exec(query.get("fieldSelector") ?? "")?.[1];
    const send = (): void => {
      if (response.writableEnded) return;
      for (; next < this.store.events.length; next++) {
        const event = this.store.events[next];
        if (event?.collection !== collection) continue;
        if (namespace !== "" && event.object.metadata.namespace !== namespace) continue;
        if (name === undefined || event.object.metadata.name === name) {
          response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
        }
      }
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    this.#watches.add(response);
    const off = this.store.onEvent(send);
    response.on("close", () => {
      off();
      this.#watches.delete(response);
    });
    send();
  }
}

/** As the real server: of an empty list it says null. */
function metadataOf(answer: unknown): unknown {
  const only = ({ metadata }: { metadata?: unknown }) => ({ kind: "PartialObjectMetadata", metadata });
  const list = answer as { items?: { metadata: unknown }[]; metadata?: unknown };
  if (list.items === undefined) return only(list);
  return { metadata: list.metadata, items: list.items.length === 0 ? null : list.items.map(only) };
}

/** A requirement of a selector is a label that must exist, or have a value. */
function isSelected(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  const [label = "", value] = requirement.split("=");
  return value === undefined ? label in labels : labels[label] === value;
}
