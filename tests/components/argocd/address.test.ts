import assert from "node:assert/strict";
import { addressObjects, loginCommand } from "@gitops-platform/components/argocd/address";
import type { Oidc } from "@gitops-platform/environments/settings/access";

// Tests which objects expose Argo CD, and not how a controller implements them.

const host = "argocd.vaarak.example";
const grpcHost = "grpc.vaarak.example";
const edge = { "server.insecure": "true" };
const backend = (number: number) => ({ service: { name: "argocd-server", port: { number } } });

describe("Argo CD's address", () => {
  it("is an Ingress with TLS for everything at its host", () => {
    const ingress = { className: "nginx", tlsSecret: "web-tls", clusterIssuer: "letsencrypt", annotations: { a: "b" } };
    assert.deepEqual(addressObjects({ host, ingress }, edge), [
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: {
          name: "argocd-server",
          namespace: "argocd",
          annotations: { "cert-manager.io/cluster-issuer": "letsencrypt", a: "b" },
        },
        spec: {
          ingressClassName: "nginx",
          tls: [{ hosts: [host], secretName: "web-tls" }],
          rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(80) }] } }],
        },
      },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "argocd-acme-http01-solver", namespace: "argocd" },
        spec: {
          podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
          policyTypes: ["Ingress"],
          ingress: [{ ports: [{ port: 8089, protocol: "TCP" }] }],
        },
      },
    ]);
  });

  it("has one certificate for both hosts, which only the first Ingress requests", () => {
    const ingress = { tlsSecret: "web-tls", clusterIssuer: "letsencrypt", grpcAnnotations: { grpc: "yes" } };
    const made = addressObjects({ host, grpcHost, ingress }, edge).filter(({ kind }) => kind === "Ingress");
    const found = made as unknown as { metadata: { annotations: object }; spec: { tls: { hosts: string[] }[] } }[];
    assert.deepEqual(
      found.map(({ metadata }) => metadata.annotations),
      [{ "cert-manager.io/cluster-issuer": "letsencrypt" }, { grpc: "yes" }],
    );
    const tls = found.map(({ spec }) => spec.tls[0]?.hosts);
    assert.deepEqual(tls, [[host, grpcHost], [grpcHost]]);
  });

  it("is a second Ingress for gRPC, with the annotations that its controller needs", () => {
    const grpcAnnotations = { "nginx.ingress.kubernetes.io/backend-protocol": "GRPC" };
    const ingress = { tlsSecret: "web-tls", annotations: { web: "only" }, grpcAnnotations };
    assert.deepEqual(addressObjects({ host, grpcHost, ingress }, { "server.insecure": "false" })[1], {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "argocd-server-grpc", namespace: "argocd", annotations: grpcAnnotations },
      spec: {
        tls: [{ hosts: [grpcHost], secretName: "web-tls" }],
        rules: [{ host: grpcHost, http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(443) }] } }],
      },
    });
  });

  it("is a route of a Gateway's HTTPS listener for each host", () => {
    const gateway = { name: "edge", namespace: "gateways", listener: "https" };
    const route = (kind: string, name: string, hostname: string) => ({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind,
      metadata: { name, namespace: "argocd" },
      spec: {
        parentRefs: [{ name: "edge", namespace: "gateways", sectionName: "https" }],
        hostnames: [hostname],
        rules: [{ backendRefs: [{ name: "argocd-server", port: 80 }] }],
      },
    });
    assert.deepEqual(addressObjects({ host, grpcHost, gateway }, edge), [
      route("HTTPRoute", "argocd-server", host),
      route("GRPCRoute", "argocd-server-grpc", grpcHost),
    ]);
    assert.deepEqual(addressObjects({ host, gateway }, edge), [route("HTTPRoute", "argocd-server", host)]);
  });
});

describe("the command to log in", () => {
  const oidc: Oidc = { name: "SSO", issuer: "https://id.example", clientId: "a", groupsClaim: "groups", scopes: [] };
  const cli = { ...oidc, cliClientId: "cli" };
  const url = `https://${host}`;
  const address = { host, ingress: { tlsSecret: "web-tls" } };
  const cases: [what: string, reach: Parameters<typeof loginCommand>[0], command: string | undefined][] = [
    [
      "through the API server without a URL",
      { url: undefined, parameters: {} },
      "argocd login --port-forward --port-forward-namespace argocd --insecure --username admin",
    ],
    [
      "through the API server to a server without TLS",
      { url: undefined, parameters: edge },
      "argocd login --port-forward --port-forward-namespace argocd --plaintext --username admin",
    ],
    [
      "by gRPC-Web at the host",
      { url, address, parameters: edge, signOn: { oidc: cli } },
      `argocd login ${host} --grpc-web --sso`,
    ],
    [
      "by gRPC at its own host",
      { url, address: { ...address, grpcHost }, parameters: edge, signOn: { oidc: cli } },
      `argocd login ${grpcHost} --sso`,
    ],
    [
      "under a path, with GitHub",
      { url: `${url}/argocd/`, parameters: {}, signOn: { dex: { github: { clientId: "x", organizations: ["v"] } } } },
      `argocd login ${host} --grpc-web-root-path /argocd --sso`,
    ],
    [
      "without TLS on this machine",
      { url: "http://127.0.0.1:8080", parameters: edge },
      "argocd login 127.0.0.1:8080 --grpc-web --plaintext --username admin",
    ],
    ["not without a client for the login", { url, address, parameters: edge, signOn: { oidc } }, undefined],
    [
      "as admin in an emergency",
      { url, address, parameters: edge, signOn: { oidc, emergencyAdmin: "down" } },
      `argocd login ${host} --grpc-web --username admin`,
    ],
  ];
  for (const [what, reach, command] of cases) {
    it(`works ${what}`, () => {
      assert.equal(loginCommand(reach), command);
    });
  }
});
