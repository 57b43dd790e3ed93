import { parse } from "yaml";
import type { StagingRules } from "../rules/staging";
import { mirrorDifferences, type Values } from "../values/mirror";
import { valuesPath } from "../values/files";
import { type Candidate, touchedValues } from "./candidate";
import type { Problem } from "./problem";

/**
 * On `main`, names each difference between staging and production that a change brings. What differed before it is not
 * its doing: an image must not wait for that.
 */
export async function stagingMirrors(candidate: Candidate, rules: StagingRules): Promise<Problem[]> {
  const { branch, tree, base } = candidate;
  if (branch !== "main") return [];
  const touched = (await touchedValues(candidate)).filter(({ environment }) => MIRRORED.includes(environment));
  const services = [...new Set(touched.map(({ service }) => service))];
  const problems = services.map(async (service) => {
    const before = new Set((await differences(candidate, base, service, rules)).map(({ message }) => message));
    const file = valuesPath({ environment: "staging", service });
    const now = await differences(candidate, tree, service, rules);
    return now.filter(({ message }) => !before.has(message)).map(({ message }) => ({ file, message }));
  });
  return (await Promise.all(problems)).flat();
}

const MIRRORED = ["staging", "prod"];

async function differences({ clone }: Candidate, revision: string, service: string, rules: StagingRules) {
  const texts = MIRRORED.map((environment) => clone.read(revision, valuesPath({ environment, service })));
  const [staging, production] = (await Promise.all(texts)).map(values);
  return staging && production ? mirrorDifferences(staging, production, rules) : [];
}

/** Undefined for what is no mapping: other checks say so. */
function values(text: string | undefined): Values | undefined {
  if (text === undefined) return undefined;
  try {
    const content: unknown = parse(text);
    return typeof content === "object" && content !== null && !Array.isArray(content) ? (content as Values) : undefined;
  } catch {
    return undefined;
  }
}
