import type { KubernetesObject } from "../../clients/kubernetes";
import { ENVIRONMENT_LABEL } from "../../components/labels";
import { isMap } from "../values/leaves";
import { identity, type ObjectName } from "./object-name";

/** What an Application of the platform says about what it delivers. */
export interface Delivered {
  readonly application: KubernetesObject;
  /** The Application's name is its service's. */
  readonly service: string;
  readonly namespace: string;
  /** The commits whose state the cluster may have: applied, compared, or being applied. Newest knowledge first. */
  readonly commits: readonly string[];
  /** The objects that Argo CD names as the Application's. */
  readonly resources: readonly ObjectName[];
  /** By identity: those of them that are not in Git any more. Argo CD shows them itself. */
  readonly pruned: ReadonlySet<string>;
}

interface Status {
  sync?: { revision?: string };
  operationState?: { operation?: { sync?: { revision?: string } }; syncResult?: { revision?: string } };
  resources?: {
    group?: string;
    version?: string;
    kind?: string;
    namespace?: string;
    name?: string;
    requiresPruning?: boolean;
  }[];
}

interface Spec {
  project?: string;
  destination?: { namespace?: string };
}

/**
 * Reads the platform's Applications. One is known by its label and by its project, so that taking the label away does
 * not hide it: the project cannot be changed without Argo CD refusing the Application.
 */
export function deliveredBy(applications: readonly KubernetesObject[], environment: string): Delivered[] {
  return applications.flatMap((application) => {
    const { name, labels } = application.metadata;
    const spec = (isMap(application.spec) ? application.spec : {}) as Spec;
    const isOurs = labels?.[ENVIRONMENT_LABEL] === environment || spec.project === `${environment}-${name}`;
    const namespace = spec.destination?.namespace;
    if (!isOurs || namespace === undefined || namespace === "") return [];
    const { sync, operationState, resources = [] } = (isMap(application.status) ? application.status : {}) as Status;
    const commits = [
      sync?.revision,
      operationState?.syncResult?.revision,
      operationState?.operation?.sync?.revision,
    ].filter((commit) => commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit)) as string[];
    const named = resources.map((each) => ({ ...each, object: objectOf(each) }));
    return [
      {
        application,
        service: name,
        namespace,
        commits: [...new Set(commits)],
        resources: named.map(({ object }) => object),
        pruned: new Set(
          named.filter(({ requiresPruning }) => requiresPruning === true).map(({ object }) => identity(object)),
        ),
      },
    ];
  });
}

function objectOf({
  group,
  version = "v1",
  kind = "",
  namespace,
  name = "",
}: NonNullable<Status["resources"]>[number]) {
  const apiVersion = group === undefined || group === "" ? version : `${group}/${version}`;
  return { apiVersion, kind, namespace: namespace === undefined || namespace === "" ? null : namespace, name };
}
