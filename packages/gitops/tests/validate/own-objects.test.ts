import assert from "node:assert/strict";
import { brokenRules } from "../../validate/broken-rules";
import { parseRules } from "@gitops-platform/rules/rules";
import type { Exception } from "@gitops-platform/rules/exceptions";

const OBJECTS = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    metadata:
      labels: { app.kubernetes.io/instance: shop }
    spec:
      securityContext: { runAsNonRoot: true, runAsUser: 65532 }
      containers:
        - name: shop
          image: ghcr.io/vaarak/shop:v1.0.0
          resources: { requests: { cpu: 1, memory: 1Mi }, limits: { memory: 1Mi } }
          securityContext:
            { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
      volumes: [{ name: tmp, emptyDir: {} }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: shop }
spec: { podSelector: { matchLabels: { app.kubernetes.io/instance: shop } } }
`;

function said(objects: string, exceptions: readonly Exception[] = [], namespace = "shops"): string[] {
  const image = { repository: "ghcr.io/vaarak/shop", tag: "v1.0.0" };
  const allowed = (exception: Exception) => exceptions.includes(exception);
  const own = { service: "shop", image, tags: parseRules("").rules.tags, allowed };
  return brokenRules(objects, "shop", { cpuLimit: "optional", namespace, own }).map(({ message }) => message);
}

describe("objects of another source than the service chart", () => {
  it("are accepted if the service chart could render them", () => {
    assert.deepEqual(said(OBJECTS), []);
  });

  const refused: [what: string, from: string | RegExp, to: string, problem: RegExp][] = [
    ["another service's name", "name: shop\nspec", "name: web\nspec", /^Deployment web: metadata\.name: got "web"/],
    ["another namespace", "name: shop\nspec", "name: shop\n  namespace: web\nspec", /metadata\.namespace: got "web"/],
    [
      "a kind of the cluster",
      /apiVersion: net[^]*/,
      "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop-a }\n",
      /kind: got "v1 Namespace"/,
    ],
    [
      "rights in the cluster",
      /apiVersion: net[^]*/,
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: shop }\n",
      /kind: got "rbac/,
    ],
    [
      "another service's pods",
      "labels: { app.kubernetes.io/instance: shop",
      "labels: { app.kubernetes.io/instance: web",
      /the pods' label .*: got "web"/,
    ],
    [
      "a policy for all pods",
      "{ matchLabels: { app.kubernetes.io/instance: shop } }",
      "{}",
      /^NetworkPolicy shop: spec\.podSelector\.matchLabels\["app\S+"\]: got nothing; expected shop, because/,
    ],
    ["another user", "runAsUser: 65532", "runAsUser: 1000", /container shop: runAsUser: got 1000; expected 65532/],
    [
      "a writable root",
      "readOnlyRootFilesystem: true",
      "readOnlyRootFilesystem: false",
      /readOnlyRootFilesystem: got false/,
    ],
    [
      "settings of the kernel",
      "runAsUser: 65532 }",
      "runAsUser: 65532, sysctls: [{ name: a, value: b }] }",
      /securityContext\.sysctls: got some/,
    ],
    [
      "a volume on a server",
      "emptyDir: {}",
      "nfs: { server: a, path: / }",
      /volume tmp: got nfs; expected one of configMap/,
    ],
    ["a folder of the node", "emptyDir: {}", "hostPath: { path: / }", /volume tmp: hostPath: got "\/"/],
    [
      "a class before others",
      "      volumes:",
      "      priorityClassName: system-node-critical\n      volumes:",
      /priorityClassName: got/,
    ],
    [
      "another account",
      "      volumes:",
      "      serviceAccountName: web\n      volumes:",
      /serviceAccountName: got "web"/,
    ],
    [
      "a hidden moving image",
      "      volumes:",
      "      initContainers: [{ name: a, image: busybox }]\n      volumes:",
      /container a: image "busybox": tag: got "latest"/,
    ],
    [
      "another image than declared",
      "vaarak/shop:v1.0.0",
      "evil/shop:v1.0.0",
      /^containers: got none with the image ghcr/,
    ],
    [
      "pruning switched off",
      "name: shop\nspec",
      "name: shop\n  annotations: { argocd.argoproj.io/sync-options: Prune=false }\nspec",
      /annotations\["argocd/,
    ],
    [
      "comparison switched off",
      "name: shop\nspec",
      "name: shop\n  annotations: { argocd.argoproj.io/compare-options: IgnoreExtraneous }\nspec",
      /annotations\["argocd/,
    ],
    [
      "a hook of Helm",
      "name: shop\nspec",
      "name: shop\n  annotations: { helm.sh/hook: pre-install }\nspec",
      /annotations\["helm\.sh\/hook"\]/,
    ],
    [
      "a hook of Argo CD",
      "name: shop\nspec",
      "name: shop\n  annotations: { argocd.argoproj.io/hook: PostSync }\nspec",
      /annotations\["argocd/,
    ],
  ];
  for (const [what, from, to, problem] of refused) {
    it(`are refused with ${what}`, () => {
      const changed = OBJECTS.replace(from, to);
      assert.notEqual(changed, OBJECTS);
      assert.match(said(changed).join("\n"), new RegExp(problem.source, "m"));
    });
  }

  it("may have the exceptions that the platform team allows", () => {
    const weaker = OBJECTS.replace(
      "runAsUser: 65532 }",
      "runAsUser: 1000, sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: '80' }] }",
    ).replace("readOnlyRootFilesystem: true, ", "");
    assert.equal(said(weaker).length, 3);
    assert.deepEqual(said(weaker, ["runAsUser", "writableRoot", "privilegedPort"]), []);
  });
});
