import assert from "node:assert/strict";
import { type CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import { deploymentText } from "@gitops-platform/test-support/workload";
import { declarationPath, DELIVERY_POLICY_PATH, deliveryPath } from "@gitops-platform/contract/catalogue";
import { type EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { ENVIRONMENTS_PATH, manifestsPath, valuesPath } from "@gitops-platform/contract/paths";
import { parseDeclarations } from "@gitops-platform/gitops/catalogue/declaration";
import { deliveryFiles } from "@gitops-platform/gitops/catalogue/delivery";
import { parsePolicy } from "@gitops-platform/gitops/catalogue/policy";
import { renderRevision } from "@gitops-platform/gitops/chart/revision";
import { Clone } from "@gitops-platform/gitops/git/clone";
import { parseGraph } from "@gitops-platform/gitops/graph";
import type { Files, Workshop } from "./git";
import { paths } from "../../e2e/support/platform";
import type { Problem, Validation } from "./validate";

const ENVIRONMENTS = ["dev", "staging", "prod"];
const EVERYWHERE = `environments: [${ENVIRONMENTS.join(", ")}]\n`;

/** The declarations of the services under attack, by name. Each gets its objects in another way. */
export const DECLARED: Readonly<Record<string, string>> = {
  shop: `team: platform\nnamespace: shops\n${EVERYWHERE}`,
  cart: `team: platform\njoins: shop\n${EVERYWHERE}`,
  store: `team: platform\nsource: { chart: charts/store, image: image }\n${EVERYWHERE}`,
  depot: `team: platform\nsource: { manifests: true }\n${EVERYWHERE}`,
};

const STORE: Files = {
  "charts/store/Chart.yaml":
    "apiVersion: v2\nname: store\nversion: 1.0.0\ndescription: The store\nicon: https://example.com/a.png\n",
  "charts/store/values.yaml": "image: {}\n",
  "charts/store/templates/deployment.yaml": deploymentText(
    "store",
    '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"',
  ),
};

/** The file of a service, none of which has a kustomization. */
const fileOf = (environment: string, service: string) => valuesPath({ environment, service }, { kind: "chart" });

/** A GitOps repository whose catalogue has the services of {@link DECLARED}, in the attackers' own clone alone. */
export class Catalogue {
  private constructor(
    private readonly workshop: Workshop,
    private readonly graph: EnvironmentGraph,
    private readonly policy: CataloguePolicy,
  ) {}

  /** Adds the services to the clone's `main` and `env/prod`, as if they had been released. */
  static async open(workshop: Workshop): Promise<Catalogue> {
    const main = (path: string) => workshop.show(workshop.tip("main"), path);
    const graph = parseGraph(main(ENVIRONMENTS_PATH));
    const catalogue = new Catalogue(workshop, graph, parsePolicy(main(DELIVERY_POLICY_PATH)));
    const services = Object.keys(DECLARED);
    const all = (environments: readonly string[]) =>
      Object.fromEntries(
        services.flatMap((service) =>
          environments.map((environment) => [fileOf(environment, service), catalogue.values(service, environment)]),
        ),
      );
    const declared = catalogue.declared(DECLARED);
    catalogue.move("main", { ...declared, ...STORE, ...all(ENVIRONMENTS) });
    const sources = { ...catalogue.declared(DECLARED, ["prod"]), ...STORE, ...all(["prod"]) };
    const rendered = await catalogue.rendered(workshop.commit(workshop.tip("env/prod"), sources), services);
    catalogue.move("env/prod", { ...sources, ...rendered });
    return catalogue;
  }

  /** A file of a branch. */
  read(path: string, branch = "main"): string {
    return this.workshop.show(this.workshop.tip(branch), path);
  }

  /** Declarations by service, and the files that they give beside those of all others. */
  declared(texts: Readonly<Record<string, string | null>>, environments = this.graph.followingMain): Files {
    const left = Object.entries({ ...DECLARED, ...texts }).filter(([, text]) => text !== null);
    const files = new Map(left.map(([service, text]) => [declarationPath(service), text ?? ""]));
    const { declarations } = parseDeclarations(files, this.graph);
    const given = environments.flatMap((environment) => [...deliveryFiles(environment, declarations, this.policy)]);
    const gone = Object.keys(texts).flatMap((service) =>
      environments.map((environment): [string, null] => [deliveryPath({ environment, service }), null]),
    );
    const own = Object.entries(texts).map(([service, text]): [string, string | null] => {
      return [declarationPath(service), text];
    });
    return Object.fromEntries([...gone, ...own, ...given]);
  }

  /** The declaration of a service in all environments, with its file in each and what that gives. */
  added(service: string, text: string): Files {
    const file = (environment: string): [string, string] => [
      fileOf(environment, service),
      this.values(service, environment),
    ];
    return { ...this.declared({ [service]: text }), ...Object.fromEntries(ENVIRONMENTS.map(file)) };
  }

  /** A service's file in an environment: the values of the API service there, or objects. */
  values(service: string, environment: string): string {
    if (service === "depot") return deploymentText("depot", "ghcr.io/vaarak/depot:sha-1111111");
    if (service === "store") return "image:\n  repository: ghcr.io/vaarak/store\n  tag: sha-1111111\n";
    return this.read(fileOf(environment, "api")).replace("vaarak/api", `vaarak/${service}`);
  }

  /** The manifests of services in production, as Helm renders them from a commit. */
  private async rendered(commit: string, services: readonly string[]): Promise<Files> {
    const { PATH } = process.env;
    process.env.PATH = `${paths.bin}:${PATH ?? ""}`;
    try {
      const files = services.map((service) => ({ environment: "prod", service }));
      const texts = await renderRevision(Clone.at(this.workshop.folder), commit, files);
      return Object.fromEntries(
        services.map((service, index) => {
          const made = texts[index];
          return made && "manifests" in made ? [manifestsPath(service), made.manifests] : assert.fail(made?.error);
        }),
      );
    } finally {
      process.env.PATH = PATH;
    }
  }

  private move(branch: string, files: Files): void {
    const commit = this.workshop.commit(this.workshop.tip(branch), files);
    this.workshop.git("update-ref", `refs/remotes/origin/${branch}`, commit);
  }
}

/** Asserts that a change is invalid for a reason. Returns the first problem that says so. */
export function isInvalidFor(said: RegExp): (found: Validation) => string {
  return ({ problems }) => {
    assert.notEqual(problems.length, 0, "validate: Valid");
    const text = ({ file, message }: Problem) => `${file ?? ""}: ${message}`;
    const found = problems.map(text).find((problem) => said.test(problem));
    // Another refusal would prove nothing about the rule under test.
    if (found === undefined) throw new Error(`validate refused for another reason: ${problems.map(text).join(" ")}`);
    return `validate: ${found}`;
  };
}
