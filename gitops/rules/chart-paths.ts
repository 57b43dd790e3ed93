import type { ValuePath } from "./paths";

/** As much of a JSON Schema as says which values there are. */
export interface ChartSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, ChartSchema>>;
  readonly additionalProperties?: ChartSchema | boolean;
  readonly items?: ChartSchema;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ChartSchema>>;
}

/** What a chart's schema says of the values that a pattern stands for. Empty: there are none. */
export function valuesAt(chart: ChartSchema, pattern: ValuePath): ChartSchema[] {
  return pattern.reduce<ChartSchema[]>(
    (schemas, key) =>
      schemas.flatMap((schema) => below(resolve(chart, schema), key)).map((each) => resolve(chart, each)),
    [chart],
  );
}

function below({ properties = {}, additionalProperties, items }: ChartSchema, key: string | null): ChartSchema[] {
  const others = typeof additionalProperties === "object" ? [additionalProperties] : [];
  if (key === null) return [...Object.values(properties), ...others, ...(items ? [items] : [])];
  const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
  return own ? [own] : others;
}

/** So many references are followed: they may go round. */
const REFERENCES = 10;

function resolve(chart: ChartSchema, schema: ChartSchema): ChartSchema {
  let found = schema;
  for (let count = 0; typeof found.$ref === "string" && count < REFERENCES; count++) {
    const name = /^#\/\$defs\/([^/]+)$/.exec(found.$ref)?.[1];
    const { $defs = {} } = chart;
    found = (name !== undefined && Object.hasOwn($defs, name) ? $defs[name] : undefined) ?? {};
  }
  return found;
}
