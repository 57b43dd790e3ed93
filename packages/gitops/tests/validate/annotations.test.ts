import assert from "node:assert/strict";
import { refusedAnnotations } from "../../validate/annotations";

const refused = (kind: string, key: string, permitted: string[] = []) =>
  refusedAnnotations({ kind, metadata: { annotations: { [key]: "x" } } }, permitted).map(({ message }) => message);

describe("an annotation of a service's object", () => {
  for (const key of [
    "external-dns.alpha.kubernetes.io/hostname",
    "external-dns.alpha.kubernetes.io/target",
    "nginx.ingress.kubernetes.io/server-alias",
    "nginx.ingress.kubernetes.io/server-snippet",
    "nginx.ingress.kubernetes.io/auth-snippet",
    "nginx.ingress.kubernetes.io/upstream-vhost",
    "nginx.org/server-snippets",
  ]) {
    it(`is refused for each kind: ${key}`, () => {
      for (const kind of ["Ingress", "Service", "HTTPRoute", "GRPCRoute", "Deployment", "ServiceAccount"]) {
        assert.equal(refused(kind, key).length, 1);
      }
    });
  }

  for (const key of [
    "cert-manager.io/alt-names",
    "cert-manager.io/common-name",
    "konghq.com/host-aliases",
    "alb.ingress.kubernetes.io/conditions.web",
    "alb.ingress.kubernetes.io/actions.web",
    "alb.ingress.kubernetes.io/group.name",
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/permanent-redirect",
    "nginx.ingress.kubernetes.io/proxy-body-size.x",
    "nginxxingress.kubernetes.io/proxy-body-size",
    "example.com/unknown",
    "unknown",
  ]) {
    it(`is refused for a route unless it is known to be harmless: ${key}`, () => {
      for (const kind of ["Ingress", "Service", "HTTPRoute", "GRPCRoute"]) assert.equal(refused(kind, key).length, 1);
      assert.deepEqual(refused("Deployment", key), []);
    });
  }

  for (const key of [
    "cert-manager.io/cluster-issuer",
    "cert-manager.io/issuer",
    "kubernetes.io/ingress.class",
    "nginx.ingress.kubernetes.io/backend-protocol",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
    "nginx.ingress.kubernetes.io/proxy-body-size",
    "nginx.ingress.kubernetes.io/proxy-read-timeout",
    "nginx.ingress.kubernetes.io/cors-allow-origin",
    "nginx.ingress.kubernetes.io/session-cookie-name",
    "prometheus.io/scrape",
  ]) {
    it(`is accepted: ${key}`, () => {
      for (const kind of ["Ingress", "Service", "HTTPRoute"]) assert.deepEqual(refused(kind, key), []);
    });
  }

  it("is refused in the template of pods like on an object", () => {
    const annotations = { "external-dns.alpha.kubernetes.io/internal-hostname": "x", "prometheus.io/scrape": "true" };
    const template = { metadata: { annotations } };
    const keys = (kind: string, spec: object) =>
      refusedAnnotations({ kind, spec }, []).map(({ message }) => message.split("[")[0]);
    assert.deepEqual(keys("Deployment", { template }), ["spec.template.metadata.annotations"]);
    assert.deepEqual(keys("CronJob", { jobTemplate: { spec: { template } } }), [
      "spec.jobTemplate.spec.template.metadata.annotations",
    ]);
  });

  it("is accepted if the platform team permits it, by the line that the message names", () => {
    const key = "konghq.com/host-aliases";
    assert.deepEqual(refused("Ingress", key), [
      'metadata.annotations["konghq.com/host-aliases"]: got a value; ' +
        "expected none that could take other services' hosts, or add configuration. Remove it; where it has to be, " +
        "the platform team allows it in gitops.yaml: - konghq.com/host-aliases below hosts.annotations.",
    ]);
    assert.deepEqual(refused("Ingress", key, [key]), []);
    assert.deepEqual(refused("Deployment", "nginx.org/server-snippets", ["nginx.org/server-snippets"]), []);
  });
});
