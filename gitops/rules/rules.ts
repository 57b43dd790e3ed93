import { properties, $defs } from "../../gitops-repo/charts/service/values.schema.json";
import type { Problem } from "../validate/problem";
import { parseYaml } from "../values/parse";
import type { ChartSchema } from "./chart-paths";
import { Entry, RULES_PATH } from "./entry";
import { readResources, type ResourceRules } from "./resources";
import { readSecrets, type SecretRules } from "./secrets";
import { readStaging, type StagingRules } from "./staging";
import { readTags, type TagRules } from "./tags";

/** What the platform team decides about the GitOps repository's content: the file {@link RULES_PATH}. */
export interface Rules {
  /** What counts as the tag of one build. */
  readonly tags: TagRules;
  /** What is no secret although it looks like one. */
  readonly secrets: SecretRules;
  /** What services must say of their resources. */
  readonly resources: ResourceRules;
  /** In what staging's values need not be production's. */
  readonly staging: StagingRules;
}

/** What a text says, and what is wrong with it. Rules count only where nothing is. */
export interface Reading {
  readonly rules: Rules;
  readonly problems: readonly Problem[];
}

/**
 * Reads the file's text. What it leaves out has its default.
 * @param text Undefined: there is no file.
 * @param chart The schema of the chart whose values it speaks of. Default: that of this version.
 */
export function parseRules(text: string | undefined, chart: ChartSchema = { properties, $defs }): Reading {
  const { root, lines, problems: unreadable } = parseYaml(text ?? "");
  if (unreadable.length > 0) {
    const problems = unreadable.map((problem) => ({ file: RULES_PATH, ...problem }));
    return { rules: sections({}, chart), problems };
  }
  const problems: Problem[] = [];
  const file = new Entry(root, "", { lines, problems });
  const rules = sections(file.keys(SECTIONS), chart);
  problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  return { rules, problems };
}

/**
 * One name here, one key in {@link Rules}, and a file with the section's reader, which gets undefined where the file
 * leaves the section out.
 */
const SECTIONS = ["tags", "staging", "secrets", "resources"] as const;

function sections(found: Partial<Record<(typeof SECTIONS)[number], Entry>>, chart: ChartSchema): Rules {
  return {
    tags: readTags(found.tags),
    staging: readStaging(found.staging, chart),
    secrets: readSecrets(found.secrets),
    resources: readResources(found.resources),
  };
}
