import type { PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { rules } from "../rules";
import type { Rule } from "../rule";

/** A resource in a test, with the fields that rules use. */
export interface TestResource {
  type: string;
  name: string;
  props: Record<string, unknown>;
  protect?: boolean;
}

/** A violation that a rule reported. */
export interface Violation {
  message: string;
  /** The resource's name; undefined if the violation is about the whole stack. */
  name: string | undefined;
}

/** Finds a rule by name. */
export function ruleNamed(name: string): Rule {
  const found = rules.find((rule) => rule.name === name);
  if (!found) throw new Error(`no rule is named ${name}`);
  return found;
}

/** Evaluates a rule on a stack like the SDK. `config` overrides the defaults of the rule's configuration. */
export function evaluateRule(
  rule: Rule,
  stack: string,
  resources: readonly TestResource[],
  config: Record<string, unknown> = {},
): Violation[] {
  const violations: Violation[] = [];
  const all = resources.map((resource) => policyResource(stack, resource));
  const name = (urn: string | undefined) => all.find((resource) => resource.urn === urn)?.name;
  const shared = {
    getConfig: () => ({ ...defaultsOf(rule), ...config }),
    notApplicable: (reason?: string): never => {
      throw new NotApplicable(reason);
    },
    stackTags: new Map<string, string>(),
  };
  try {
    if ("validateStack" in rule) {
      rule.validateStack({ ...shared, resources: all } as StackValidationArgs, (message, urn) => {
        violations.push({ message, name: name(urn) });
      });
      return violations;
    }
    for (const resource of all) {
      rule.validateResource({ ...shared, ...resource } as ResourceValidationArgs, (message) => {
        violations.push({ message, name: resource.name });
      });
    }
  } catch (error) {
    if (!(error instanceof NotApplicable)) throw error;
  }
  return violations;
}

class NotApplicable extends Error {}

function policyResource(stack: string, { type, name, props, protect = false }: TestResource): PolicyResource {
  const urn = `urn:pulumi:${stack}::gitops-platform::${type}::${name}`;
  return { type, name, props, urn, opts: { protect } } as unknown as PolicyResource;
}

function defaultsOf({ configSchema }: Rule): Record<string, unknown> {
  const properties = configSchema?.properties ?? {};
  return Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, schema.default]));
}
