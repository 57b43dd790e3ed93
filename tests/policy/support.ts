import type { PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { rules } from "../../policy/rules";
import type { Rule } from "../../policy/rule";

/** A resource of a test: what rules read of one. */
export interface TestResource {
  type: string;
  name: string;
  props: Record<string, unknown>;
  protect?: boolean;
}

/** What a rule told: the message, and of which resource. */
export interface Told {
  message: string;
  name: string | undefined;
}

/** The rule of that name. */
export function ruleNamed(name: string): Rule {
  const found = rules.find((rule) => rule.name === name);
  if (!found) throw new Error(`no rule is named ${name}`);
  return found;
}

/** Lets a rule judge a stack as the SDK would, with the defaults of its configuration and what is set over them. */
export function judge(
  rule: Rule,
  stack: string,
  resources: readonly TestResource[],
  config: Record<string, unknown> = {},
): Told[] {
  const told: Told[] = [];
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
        told.push({ message, name: name(urn) });
      });
      return told;
    }
    for (const resource of all) {
      rule.validateResource({ ...shared, ...resource } as ResourceValidationArgs, (message) => {
        told.push({ message, name: resource.name });
      });
    }
  } catch (error) {
    if (!(error instanceof NotApplicable)) throw error;
  }
  return told;
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
