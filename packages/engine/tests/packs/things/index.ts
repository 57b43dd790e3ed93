import { getStack } from "@pulumi/pulumi";
import { PolicyPack } from "@pulumi/policy";

const THING = "test:index:Thing";

/**
 * Rules for tests of the engine: a mandatory rule, a rule that quotes secrets, a rule that reads unknown values, and a
 * rule about the whole stack.
 */
new PolicyPack(
  "things-policy",
  {
    enforcementLevel: "advisory",
    policies: [
      {
        name: "no-third",
        description: "There is no third thing.",
        enforcementLevel: "mandatory",
        severity: "high",
        remediationSteps: "Remove it.",
        configSchema: { properties: { names: { type: "array", items: { type: "string" }, default: ["third"] } } },
        validateResource: (args, reportViolation) => {
          const { type, name } = args;
          const { names } = args.getConfig<{ names: string[] }>();
          if (type === THING && names.includes(name)) reportViolation(`${name}: got one in ${getStack()}.`);
        },
      },
      {
        name: "quotes",
        description: "Quotes what it sees.",
        validateResource: ({ type, name, props, opts, provider }, reportViolation) => {
          if (type !== THING || name.startsWith("second")) return;
          reportViolation(JSON.stringify({ props, protect: opts.protect, provider: provider?.name }));
        },
      },
      {
        name: "needs-values",
        description: "Every value is read.",
        enforcementLevel: "mandatory",
        validateResource: ({ type, props }, reportViolation) => {
          if (type === THING && props.value === "never") reportViolation("never");
        },
      },
      {
        name: "counts",
        description: "A stack has few resources.",
        validateStack: ({ resources }, reportViolation) => {
          const first = resources.find(({ name }) => name === "pair-first");
          reportViolation(
            `${resources.length} resources, the first below ${first?.parent?.name ?? "none"}`,
            first?.urn,
          );
        },
      },
    ],
  },
  { counts: { enforcementLevel: "advisory" } },
);
