import { z } from "zod";
import { triggersSchema } from "./triggers";

/** A value that may contain `${{ }}`. YAML numbers and booleans become strings. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const variables = z.record(z.string(), text).default({});
const condition = text.optional();

const EQUIVALENTS = ["actions/checkout", "actions/setup-node", "actions/create-github-app-token"] as const;
/** An action that this runner has an equivalent of. */
export type ActionName = (typeof EQUIVALENTS)[number];

const actionSchema = z.string().transform((written, context): ActionName => {
  const [name = "", pin = ""] = written.split("@");
  const known = EQUIVALENTS.find((equivalent) => equivalent === name.toLowerCase());
  const refuse = (message: string) => {
    context.addIssue({ code: "custom", message: `got ${written}; expected ${message}` });
    return z.NEVER;
  };
  if (!known) return refuse(`one of ${EQUIVALENTS.join(", ")}. Use \`run\` instead.`);
  return /^[0-9a-f]{40}$/.test(pin) ? known : refuse("a full commit SHA after the @. Pin it to a commit.");
});

const stepFields = {
  id: z
    .string()
    .regex(/^[A-Za-z_][\w-]*$/)
    .optional(),
  name: text.optional(),
  if: condition,
  env: variables,
  "continue-on-error": z.boolean().default(false),
};
const stepSchema = z.union([
  z.strictObject({
    ...stepFields,
    run: text,
    "working-directory": text.optional(),
    shell: z.literal("bash").optional(),
  }),
  z.strictObject({ ...stepFields, uses: actionSchema, with: variables }),
]);

const permissionLevel = z.enum(["read", "write", "none"]);
const permissionsSchema = z
  .union([z.enum(["read-all", "write-all"]), z.record(z.string().regex(/^[a-z]+(-[a-z]+)*$/), permissionLevel)])
  .optional();

const concurrencySchema = z
  .union([
    text.transform((group) => ({ group, "cancel-in-progress": "false" })),
    z.strictObject({ group: text, "cancel-in-progress": text.default("false") }),
  ])
  .optional();

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const jobSchema = z.strictObject({
  name: text.optional(),
  needs: list.default([]),
  if: condition,
  "runs-on": z.union([z.string(), z.array(z.string())]),
  environment: z
    .union([text.transform((name) => ({ name })), z.strictObject({ name: text, url: text.optional() })])
    .optional(),
  permissions: permissionsSchema,
  concurrency: concurrencySchema,
  outputs: variables,
  env: variables,
  "timeout-minutes": z.number().positive().default(360),
  steps: z.array(stepSchema).min(1),
});

/** A whole workflow file. It is strict, so that unsupported keys are rejected by name. */
export const workflowSchema = z
  .strictObject({
    name: z.string().optional(),
    "run-name": text.optional(),
    on: triggersSchema,
    permissions: permissionsSchema,
    concurrency: concurrencySchema,
    env: variables,
    defaults: z
      .strictObject({
        run: z.strictObject({ shell: z.literal("bash").optional(), "working-directory": text.optional() }),
      })
      .optional(),
    jobs: z.record(z.string().regex(/^[A-Za-z_][\w-]*$/), jobSchema),
  })
  .superRefine(({ jobs }, context) => {
    for (const [key, { needs }] of Object.entries(jobs)) {
      const unknown = needs.find((need) => !(need in jobs));
      const reason =
        unknown !== undefined
          ? `got ${unknown}; expected the id of another job`
          : reaches(jobs, key, key)
            ? "got a cycle; expected jobs that do not depend on themselves"
            : undefined;
      if (reason !== undefined) context.addIssue({ code: "custom", path: ["jobs", key, "needs"], message: reason });
    }
  });

/** A validated workflow, with every default. */
export type Workflow = z.infer<typeof workflowSchema>;
/** A job of a workflow. */
export type Job = Workflow["jobs"][string];
/** A step of a job. */
export type Step = Job["steps"][number];
/** `permissions:` of a workflow or job; undefined if not set. */
export type WorkflowPermissions = Workflow["permissions"];
/** `concurrency:` of a workflow or job. */
export type Concurrency = NonNullable<Workflow["concurrency"]>;

function reaches(
  jobs: Record<string, { needs: string[] }>,
  from: string,
  to: string,
  seen = new Set<string>(),
): boolean {
  return (jobs[from]?.needs ?? []).some((need) => {
    if (need === to) return true;
    if (seen.has(need)) return false;
    seen.add(need);
    return reaches(jobs, need, to, seen);
  });
}
