import assert from "node:assert/strict";
import { webhookExposure } from "@gitops-platform/components/argocd/webhook";

// Tests which objects expose the endpoint, and not how a controller implements them.

const host = "hooks.vaarak.example";
const backend = (name: string, number: number) => [
  { path: "/api/webhook", pathType: "Exact", backend: { service: { name, port: { number } } } },
];

describe("the webhook endpoint", () => {
  it("is exposed by an Ingress with TLS, and nothing else is", () => {
    const annotations = { "nginx.ingress.kubernetes.io/backend-protocol": "HTTPS" };
    const ingress = { className: "nginx", tlsSecret: "hooks-tls", annotations };
    assert.deepEqual(webhookExposure({ host, ingress }, {}), [
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "argocd-webhook", namespace: "argocd", annotations },
        spec: {
          ingressClassName: "nginx",
          tls: [{ hosts: [host], secretName: "hooks-tls" }],
          rules: [{ host, http: { paths: backend("argocd-server", 443) } }],
        },
      },
    ]);
  });

  it("uses the HTTP port with server.insecure, and a separate host for the ApplicationSet controller", () => {
    const applicationSetHost = "sets.vaarak.example";
    const exposure = { host, applicationSetHost, ingress: { tlsSecret: "hooks-tls" } };
    assert.deepEqual(webhookExposure(exposure, { "server.insecure": "true" }), [
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "argocd-webhook", namespace: "argocd" },
        spec: {
          tls: [{ hosts: [host, applicationSetHost], secretName: "hooks-tls" }],
          rules: [
            { host, http: { paths: backend("argocd-server", 80) } },
            { host: applicationSetHost, http: { paths: backend("argocd-applicationset-controller", 7000) } },
          ],
        },
      },
    ]);
  });

  it("is exposed by an HTTPRoute on a Gateway's HTTPS listener", () => {
    const gateway = { name: "edge", namespace: "gateways", listener: "https" };
    assert.deepEqual(webhookExposure({ host, gateway }, { "server.insecure": "true" }), [
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "argocd-server-webhook", namespace: "argocd" },
        spec: {
          parentRefs: [{ name: "edge", namespace: "gateways", sectionName: "https" }],
          hostnames: [host],
          rules: [
            {
              matches: [{ path: { type: "Exact", value: "/api/webhook" }, method: "POST" }],
              backendRefs: [{ name: "argocd-server", port: 80 }],
            },
          ],
        },
      },
    ]);
  });
});
