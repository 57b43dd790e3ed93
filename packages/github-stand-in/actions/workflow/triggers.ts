import { z } from "zod";

const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const branchFilters = { branches: list.optional(), "branches-ignore": list.optional() };
const pathFilters = { paths: list.optional(), "paths-ignore": list.optional() };
const types = { types: list.optional() };

const pushFilter = z.strictObject({
  ...branchFilters,
  ...pathFilters,
  tags: list.optional(),
  "tags-ignore": list.optional(),
});
const pullFilter = z.strictObject({ ...types, ...branchFilters, ...pathFilters });

const inputSchema = z
  .strictObject({
    description: z.string().optional(),
    required: z.boolean().default(false),
    type: z.enum(["string", "choice", "boolean"]).default("string"),
    default: z.union([z.string(), z.boolean(), z.number()]).optional(),
    options: z.array(z.coerce.string()).optional(),
  })
  .refine(({ type, options }) => type !== "choice" || (options?.length ?? 0) > 0, "a choice needs options");

/** Events, each with its filter; `null` is an event without a filter. */
const eventsSchema = z.strictObject({
  push: pushFilter.nullable().optional(),
  pull_request: pullFilter.nullable().optional(),
  pull_request_target: pullFilter.nullable().optional(),
  pull_request_review: z.strictObject(types).nullable().optional(),
  workflow_run: z.strictObject({ workflows: list, ...types, ...branchFilters }).optional(),
  workflow_dispatch: z
    .strictObject({ inputs: z.record(z.string(), inputSchema).nullable().optional() })
    .nullable()
    .optional(),
  schedule: z.array(z.strictObject({ cron: z.string() })).optional(),
});

/** The `on:` of a workflow: one event, a list of events, or a map of events and filters. */
export const triggersSchema = z.preprocess((value) => {
  const names = typeof value === "string" ? [value] : value;
  return Array.isArray(names) ? Object.fromEntries(names.map((name) => [String(name), null])) : value;
}, eventsSchema);

/** The events that start a workflow. */
export type Triggers = z.infer<typeof triggersSchema>;
/** The filter of push events. */
export type PushFilter = z.infer<typeof pushFilter>;
/** The filter of pull request events. It has all keys; an event may use only some. */
export type PullFilter = z.infer<typeof pullFilter>;
/** An input of workflow_dispatch. */
export type DispatchInput = z.infer<typeof inputSchema>;
