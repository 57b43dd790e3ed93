import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { trackedRevision } from "@gitops-platform/environments/environments";
import type { Environment } from "@gitops-platform/environments/environment";
import { GROUP_NAME, RESERVED_GROUP } from "@gitops-platform/environments/names";
import { permittedKinds, PROFILE_NAMES, qualifiedKind } from "@gitops-platform/environments/profiles";
import { ARGOCD_NAMESPACE } from "../../argocd/installation";
import { ENVIRONMENT_LABEL, HANDOVER_ANNOTATION, SERVICE_LABEL, TRACKING_ANNOTATION } from "../../labels";
import { rootProjectName } from "../root";
import { IN_CLUSTER } from "../target";
import { allOf, anyOf, isFrom, isOf, list, text, type Variable } from "./cel";
import { ARGOCD_CONTROLLER } from "./identities";
import { OBJECTS, type Rule } from "./scope";

// What Argo CD's controller may do for the Application `catalogue` alone. Argo CD sets the tracking annotation of each
// object that it applies itself, over what Git says, so the controller's requests cannot forge it.

interface CatalogueSettings {
  readonly environment: Pick<Environment, "name" | "delivery">;
  readonly repositoryUrl: string;
}

/** The environment, the repository and its revision, as text that the other variables compare with. */
export function catalogueSettings({ environment: { name, delivery }, repositoryUrl }: CatalogueSettings): Variable[] {
  return [
    { name: "environment", expression: text(name) },
    { name: "repository", expression: text(repositoryUrl) },
    { name: "revision", expression: text(trackedRevision(name, delivery)) },
  ];
}

const annotation = (object: string, key: string) => `${object}.metadata.?annotations[?${text(key)}].orValue("")`;
const tracking = (object: string) => annotation(object, TRACKING_ANNOTATION);

/** Whether Argo CD counts an object as one of the Application `catalogue`, and deletes what Git does not declare. */
export const isCatalogues = (object: string) => `${tracking(object)}.startsWith(${text(`${CATALOGUE}:`)})`;

/** Whether an object has the label of an environment. */
export const isLabelled = (object: string) => `${text(ENVIRONMENT_LABEL)} in ${object}.metadata.?labels.orValue({})`;

/**
 * Whether the platform hands an object over. Only it and Argo CD can annotate an object of Argo CD's namespace, or a
 * labelled namespace.
 */
const isHandedOver = (object: string) =>
  `${object}.metadata.?annotations[?${text(HANDOVER_ANNOTATION)}].orValue("") == ${text(CATALOGUE)}`;

/**
 * Where the catalogue writes limits. Argo CD compares an object by a dry run, so it must be permitted to write them
 * before it has taken over the namespace itself.
 */
const IN_ITS_NAMESPACE = anyOf(
  isCatalogues("namespaceObject"),
  `(${allOf(isLabelled("namespaceObject"), isHandedOver("namespaceObject"))})`,
);

const IS_CONTROLLER: Variable = { name: "isArgocdController", expression: isFrom([{ user: ARGOCD_CONTROLLER }]) };

/** The new object, or the deleted one, belongs to the catalogue, and the old one to no other Application. */
const IS_CATALOGUES: Variable = {
  name: "isCatalogues",
  expression: allOf(
    'variables.subresource == ""',
    `(object == null ? ${isCatalogues("oldObject")} : ${isCatalogues("object")})`,
    `(oldObject == null || ${tracking("oldObject")} == "" || ${isCatalogues("oldObject")})`,
  ),
};

/** The catalogue confines its own namespaces. */
export const LIMITS_BY_CATALOGUE: readonly Variable[] = [
  IS_CONTROLLER,
  IS_CATALOGUES,
  {
    name: "byCatalogue",
    expression: `variables.isArgocdController && variables.isCatalogues && (${IN_ITS_NAMESPACE})`,
  },
];

/** The kinds that limit a namespace and that the catalogue's AppProject permits. */
const LIMITS = ["limitranges", "networkpolicies", "resourcequotas"];

/** A request in which Argo CD writes a limit for the catalogue, in any namespace. */
export const WRITES_LIMITS = {
  rule: { ...OBJECTS, apiGroups: ["", "networking.k8s.io"], resources: LIMITS, operations: ["CREATE", "UPDATE"] },
  condition: allOf(
    `request.resource.resource in ${list(LIMITS)} && object != null`,
    `${isFrom([{ user: ARGOCD_CONTROLLER }])} && ${isCatalogues("object")}`,
  ),
} satisfies { rule: Rule; condition: string };

const ENFORCE = "pod-security.kubernetes.io/enforce";

/** A namespace that is handed over stays that of the same service. */
const MAY_CHANGE_NAMESPACE = anyOf(
  isCatalogues("oldObject"),
  `(${allOf(
    isHandedOver("oldObject"),
    `object != null && oldObject.metadata.?labels[?${text(SERVICE_LABEL)}] == ` +
      `object.metadata.?labels[?${text(SERVICE_LABEL)}]`,
  )})`,
);

/**
 * The catalogue makes Namespaces, takes over those that the platform hands over, and changes and deletes those that are
 * labelled as its own. Any other may have had its annotations before the guard protected it. It always confines them.
 * The catalogue writes no limits into other namespaces: a quota could stop their pods, and a network policy could admit
 * traffic to them.
 */
export const NAMESPACES_BY_CATALOGUE: readonly Variable[] = [
  IS_CONTROLLER,
  IS_CATALOGUES,
  {
    name: "confinesNamespace",
    expression: allOf(
      `variables.isArgocdController && variables.isCatalogues && ${isOf("", "namespaces")}`,
      `!(${isReserved("variables.name")})`,
      `(oldObject == null || ${allOf(isLabelled("oldObject"), `(${MAY_CHANGE_NAMESPACE})`)})`,
      `(object == null || ${allOf(
        `object.metadata.?labels[?${text(ENVIRONMENT_LABEL)}].orValue("") == variables.environment`,
        `object.metadata.?labels[?${text(ENFORCE)}].orValue("") in ${list(["baseline", "restricted"])}`,
        // An earlier version of the same level has fewer checks.
        `!(${text(`${ENFORCE}-version`)} in object.metadata.labels)`,
      )})`,
    ),
  },
  {
    name: "byCatalogue",
    expression: anyOf("variables.confinesNamespace", `(${WRITES_LIMITS.condition} && (${IN_ITS_NAMESPACE}))`),
  },
];

/** What an Application of the catalogue may have in its spec. Argo CD would prefer several sources to the one. */
const APPLICATION_KEYS = ["destination", "info", "project", "source", "syncPolicy"];

/** What an AppProject of the catalogue may have in its spec. */
const PROJECT_KEYS = [
  "clusterResourceWhitelist",
  "description",
  "destinations",
  "namespaceResourceWhitelist",
  "orphanedResources",
  "roles",
  "sourceRepos",
];

/** Only these keys, or keys that were there before: otherwise an edit would stop the controller's corrections. */
function hasOnly(keys: readonly string[]): string {
  return (
    `object.spec.all(key, key in ${list(keys)} || ` +
    "(oldObject != null && key in oldObject.spec && object.spec[key] == oldObject.spec[key]))"
  );
}

/** The annotation with which an object chooses how Argo CD applies it. */
const SYNC_OPTIONS = (object: string) => annotation(object, "argocd.argoproj.io/sync-options");

/** What the roles of an AppProject may do with its Applications. Operators have "sync" where people sync. */
const RIGHTS = ["applications, get", "applications, sync", "logs, get"];

/** Argo CD writes names and groups into lines of CSV, so a line break in one of them could add a right. */
const HAS_KNOWN_RIGHTS = allOf(
  `role.name.matches(${text("^[a-z]+$")})`,
  "role.?groups.orValue([]).all(group, " +
    `group.matches(${text(GROUP_NAME.source)}) && !group.matches(${text(RESERVED_GROUP.source)}))`,
  `role.?policies.orValue([]).all(policy, policy in ${list(RIGHTS)}.map(right, ` +
    '"p, proj:" + variables.name + ":" + role.name + ", " + right + ", " + variables.name + "/*, allow"))',
);

/** An Application that is handed over still delivers to the same namespace: otherwise the service would run twice. */
const IS_HANDED_OVER_HERE = allOf(
  isHandedOver("oldObject"),
  `(${isOf("argoproj.io", "appprojects")} || object.spec.?destination == oldObject.spec.?destination)`,
);

/** In Argo CD's namespace the catalogue has AppProjects and Applications, and both are confined. */
export const ARGOCD_BY_CATALOGUE: readonly Variable[] = [
  IS_CONTROLLER,
  {
    name: "takesOver",
    expression: allOf(
      'request.resource.group == "argoproj.io" && object != null && variables.subresource == ""',
      isCatalogues("object"),
      `(${anyOf(
        `(oldObject != null && !${isCatalogues("oldObject")} && !(${IS_HANDED_OVER_HERE}))`,
        // The root would change what it may do itself.
        `variables.name in [${text(CATALOGUE)}, variables.environment + ${text(rootProjectName(""))}]`,
      )})`,
    ),
  },
  {
    name: "changesProject",
    expression: allOf(
      `${isOf("argoproj.io", "appprojects")} && object != null`,
      "(oldObject == null || object.?spec != oldObject.?spec)",
    ),
  },
  {
    name: "isConfinedProject",
    expression: allOf(
      isCatalogues("object"),
      'variables.name.startsWith(variables.environment + "-")',
      "object.spec.?sourceRepos.orValue([]) == [variables.repository]",
      `object.spec.?destinations.orValue([]).all(each, ${allOf(
        `each.?server.orValue("") == ${text(IN_CLUSTER)} && each.?name.orValue("") == ""`,
        `each.?namespace.orValue("").matches(${text("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")})`,
        `!(${isReserved("each.namespace")})`,
      )})`,
      "object.spec.?clusterResourceWhitelist.orValue([]).size() == 0",
      // Without a list every kind is permitted.
      "object.spec.?namespaceResourceWhitelist.orValue([]).size() > 0",
      `[${PROFILE_NAMES.map(kindsIn).join(",\n")}].exists(profile, object.spec.namespaceResourceWhitelist.all(each, ` +
        'each.?group.orValue("") + "/" + each.?kind.orValue("") in profile))',
      `object.spec.?roles.orValue([]).all(role, ${HAS_KNOWN_RIGHTS})`,
      hasOnly(PROJECT_KEYS),
    ),
  },
  {
    name: "changesApplication",
    expression: allOf(
      `${isOf("argoproj.io", "applications")} && object != null`,
      // Without the annotation no Application applies it: the controller leaves defaults out of what the program made.
      `(oldObject == null || (object.?spec != oldObject.?spec && ${tracking("object")} != ""))`,
    ),
  },
  {
    name: "isConfinedApplication",
    expression: allOf(
      isCatalogues("object"),
      'object.spec.?project.orValue("") == variables.environment + "-" + variables.name',
      'object.spec.?source.repoURL.orValue("") == variables.repository',
      'object.spec.?source.targetRevision.orValue("") == variables.revision',
      hasOnly(APPLICATION_KEYS),
    ),
  },
  {
    // Argo CD starts a sync and reports it in the Application, which has no sub-resource for that. It names no field
    // manager then, and names one when it applies a file.
    name: "appliesOperation",
    expression: allOf(
      `${isOf("argoproj.io", "applications")} && object != null`,
      '(oldObject == null || request.?options.?fieldManager.orValue("") != "")',
      '["operation", "status"].exists(field, object[?field] != ' +
        "(oldObject == null ? optional.none() : oldObject[?field]))",
    ),
  },
  {
    // Argo CD names no field manager either when it replaces an object instead of applying it.
    name: "replaces",
    expression: allOf(
      `request.resource.group == "argoproj.io" && object != null && ${isCatalogues("object")}`,
      `${SYNC_OPTIONS("object")} != ""`,
      `(oldObject == null || ${SYNC_OPTIONS("object")} != ${SYNC_OPTIONS("oldObject")})`,
    ),
  },
  { name: "limitsArgocd", expression: `request.resource.resource in ${list(LIMITS)}` },
];

function kindsIn(profile: string): string {
  return list(permittedKinds(profile).map(qualifiedKind));
}

/** Whether a namespace is the cluster's or Argo CD's. */
function isReserved(name: string): string {
  return `${name} in ${list([ARGOCD_NAMESPACE, "default"])} || ${name}.startsWith("kube-")`;
}
