import assert from "node:assert/strict";
import { checkArgocd } from "@gitops-platform/environments/argocd-cluster";
import { monitoring } from "@gitops-platform/environments/settings/monitoring";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { raw } from "@gitops-platform/test-support/stack";

const read = (configured: unknown) => {
  const { configuration, problems } = parseConfiguration(raw({ argocd: { monitoring: configured } }));
  return { made: monitoring(configuration), problems: problems.map(formatProblem) };
};

describe("the monitoring settings", () => {
  it("are off by default", () => {
    assert.equal(monitoring({}), undefined);
  });

  it("need only the namespace of Prometheus", () => {
    assert.deepEqual(read({ namespace: "monitoring" }), {
      problems: [],
      made: {
        namespace: "monitoring",
        labels: {},
        dashboard: { namespace: undefined, labels: { grafana_dashboard: "1" } },
        docs: undefined,
      },
    });
  });

  it("accept a URL of the documents with a slash at its end", () => {
    assert.equal(read({ namespace: "m", docs: "https://git.example/docs/" }).made?.docs, "https://git.example/docs");
  });

  const asLabels = "Write it as <name>: <value> lines, with true and numbers in quotes.";
  const cases: [what: string, configured: object, problem: string][] = [
    [
      "another name than a namespace's",
      { namespace: "Monitoring" },
      'argocd.monitoring.namespace: got "Monitoring"; expected the name of a namespace. ' +
        "Write it as kubectl get namespaces prints it.",
    ],
    [
      "a label whose name Kubernetes refuses",
      { namespace: "m", labels: { "a b": "c" } },
      'argocd.monitoring.labels: got {"a b":"c"}; expected names of labels, such as release or example.com/team. ' +
        asLabels,
    ],
    [
      "a label whose value is not a string",
      { namespace: "m", dashboard: { labels: { grafana_dashboard: 1 } } },
      `argocd.monitoring.dashboard.labels.grafana_dashboard: got 1; expected the value of a label. ${asLabels}`,
    ],
    [
      "documents without encryption",
      { namespace: "m", docs: "http://git.example/docs" },
      'argocd.monitoring.docs: got "http://git.example/docs"; expected an https URL without user, password, ' +
        "query or fragment (http only on this machine). Set the URL of the folder docs/ of this project, " +
        "where people on call read it.",
    ],
  ];
  for (const [what, configured, problem] of cases) {
    it(`refuse ${what}`, () => {
      assert.deepEqual(read(configured).problems, [problem]);
    });
  }
});

describe("a cluster for the monitoring", () => {
  const check = (
    facts: Parameters<typeof checkArgocd>[0],
    configured: object = { namespace: "monitoring", dashboard: { namespace: "grafana" } },
  ) => {
    const argocd = { version: "3.6.1", replicas: {}, scheduling: {}, monitoring: read(configured).made };
    return checkArgocd(facts, { highAvailability: false }, argocd).map(formatProblem);
  };
  const monitoringKinds = ["ServiceMonitor", "PrometheusRule"];

  it("serves the operator's kinds, and has the namespaces", () => {
    assert.deepEqual(check({ monitoringKinds, namespaces: ["monitoring", "grafana"] }), []);
    assert.deepEqual(check({ monitoringKinds }), []);
    assert.deepEqual(
      checkArgocd({}, { highAvailability: false }, { version: "3.6.1", replicas: {}, scheduling: {} }),
      [],
    );
  });

  it("may have no namespace of Argo CD yet", () => {
    const namespaces = ["monitoring"];
    const configured = { namespace: "monitoring", dashboard: { namespace: "argocd" } };
    assert.deepEqual(check({ monitoringKinds, namespaces }, configured), []);
  });

  it("is reported for everything that is missing", () => {
    const expected = "expected a namespace of the cluster. Create it first, or correct its name.";
    assert.deepEqual(check({ namespaces: ["default"] }), [
      "argocd.monitoring: got a cluster that serves no ServiceMonitor and no PrometheusRule of " +
        "monitoring.coreos.com/v1; expected the CustomResourceDefinitions of the Prometheus operator. " +
        "Install the operator first, or remove argocd.monitoring.",
      `argocd.monitoring.namespace: got "monitoring"; ${expected}`,
      `argocd.monitoring.dashboard.namespace: got "grafana"; ${expected}`,
    ]);
    const [missing] = check({ monitoringKinds: ["ServiceMonitor"], namespaces: ["monitoring", "grafana"] });
    assert.match(missing ?? "", /serves no PrometheusRule of/);
  });
});
