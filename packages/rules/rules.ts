import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { RULES_PATH } from "@gitops-platform/contract/paths";
import { parseYaml } from "@gitops-platform/contract/values/parse";
import { graph as declared } from "@gitops-platform/environments/environments";
import { $defs, properties } from "../../gitops-repo/charts/service/values.schema.json";
import { Entry, type FileProblem } from "./entry";
import { type AllowedException, readExceptions } from "./exceptions";
import { type HostRules, readHosts } from "./hosts";
import type { ChartSchema } from "./paths";
import { type PromotionRules, readPromotion } from "./promotion";
import { readSecrets, type SecretRules } from "./secrets";
import { readStaging, type StagingRules } from "./staging";
import { readTags, type TagRules } from "./tags";

/** The platform team's rules for the GitOps repository's content, from the file {@link RULES_PATH}. */
export interface Rules {
  /** What counts as the tag of one build. */
  readonly tags: TagRules;
  /** Places where a text looks like a secret but is none. */
  readonly secrets: SecretRules;
  /** What services must declare about their resources. */
  readonly resources: ResourceRules;
  /** In what services' pods may be weaker than the chart's defaults. */
  readonly exceptions: readonly AllowedException[];
  /** Which hosts and annotations services' routes may have. */
  readonly hosts: HostRules;
  /** In what staging's values may differ from production's. */
  readonly staging: StagingRules;
  /** Which environments get versions without a person's request. */
  readonly promotion: PromotionRules;
}

/** The rules of a text and its problems. With problems, the rules must not be used. */
export interface Reading {
  readonly rules: Rules;
  readonly problems: readonly FileProblem[];
}

/**
 * Parses the file. Omitted rules have their defaults.
 * @param text Undefined if there is no file.
 * @param chart The schema of the chart that the rules refer to. Default: the chart of this version.
 * @param graph The environments that the rules refer to. Default: those that this program declares.
 */
export function parseRules(
  text: string | undefined,
  chart: ChartSchema = { properties, $defs },
  graph: EnvironmentGraph = declared,
): Reading {
  const { root, lines, problems: unreadable } = parseYaml(text ?? "");
  if (unreadable.length > 0) {
    const problems = unreadable.map((problem) => ({ file: RULES_PATH, ...problem }));
    return { rules: sections({}, chart, graph), problems };
  }
  const problems: FileProblem[] = [];
  const file = new Entry(root, "", { file: RULES_PATH, lines, problems });
  const rules = sections(file.keys(SECTIONS), chart, graph);
  problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  return { rules, problems };
}

/**
 * The file's sections. Each one has a key in {@link Rules} and a reader, which gets undefined for an omitted section.
 */
const SECTIONS = ["tags", "staging", "secrets", "resources", "exceptions", "hosts", "promotion"] as const;

function sections(
  found: Partial<Record<(typeof SECTIONS)[number], Entry>>,
  chart: ChartSchema,
  graph: EnvironmentGraph,
): Rules {
  return {
    tags: readTags(found.tags),
    staging: readStaging(found.staging, chart),
    secrets: readSecrets(found.secrets, graph),
    resources: readResources(found.resources),
    exceptions: readExceptions(found.exceptions, graph),
    hosts: readHosts(found.hosts),
    promotion: readPromotion(found.promotion, graph),
  };
}

/** What services must declare about their resources in addition to the chart's schema. */
export interface ResourceRules {
  /** Whether each container must have a CPU limit. */
  readonly cpuLimit: "required" | "optional";
}

/**
 * Reads the section `resources`. A CPU limit is optional by default: it would throttle a container even on an idle
 * node. Without limits, scarce CPU is shared in proportion to the requests.
 */
function readResources(section: Entry | undefined): ResourceRules {
  const { cpuLimit } = section?.keys(["cpuLimit"]) ?? {};
  const rule = cpuLimit?.text("required or optional", "Write one of them.");
  if (rule === undefined || rule === "optional") return { cpuLimit: "optional" };
  if (rule !== "required") cpuLimit?.problem("required or optional", "Write one of them.");
  return { cpuLimit: "required" };
}
