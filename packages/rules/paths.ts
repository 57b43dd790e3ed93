/** A path in values, or a pattern of paths: null matches any one key, or any entry of a list. */
export type ValuePath = readonly (string | null)[];

const SEGMENT = /"[^"]+"|[^\s."*[\]]+|\*/y;

/** Parses `env.LOG_LEVEL`, `networkPolicy.egress.*.cidr` or `podAnnotations."example.com/team"`; else undefined. */
export function parsePath(text: string): ValuePath | undefined {
  const path: (string | null)[] = [];
  for (let at = 0; ; at++) {
    SEGMENT.lastIndex = at;
    const [segment] = SEGMENT.exec(text) ?? [];
    if (segment === undefined) return undefined;
    path.push(segment === "*" ? null : segment.replace(/^"|"$/g, ""));
    at += segment.length;
    if (at === text.length) return path;
    if (text[at] !== ".") return undefined;
  }
}

/** Formats a path for {@link parsePath}. */
export function formatPath(path: ValuePath): string {
  return path.map((key) => (key === null ? "*" : /^[^\s."*[\]]+$/.test(key) ? key : `"${key}"`)).join(".");
}

/** Whether a pattern matches a path. */
export function matchesPath(pattern: ValuePath, path: ValuePath): boolean {
  return pattern.length === path.length && isAlike(pattern, path);
}

/** Whether a pattern matches something below a path. */
export function goesBelow(pattern: ValuePath, path: ValuePath): boolean {
  return pattern.length > path.length && isAlike(pattern, path);
}

/** Whether one pattern matches the same as another, or something above or below it. */
export function overlap(one: ValuePath, other: ValuePath): boolean {
  return isAlike(one, other);
}

function isAlike(one: ValuePath, other: ValuePath): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((key, index) => key === null || other[index] === null || key === other[index]);
}

/** The part of a JSON Schema that defines which values exist. */
export interface ChartSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, ChartSchema>>;
  readonly additionalProperties?: ChartSchema | boolean;
  readonly items?: ChartSchema;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, ChartSchema>>;
}

/** The schemas of the values that a pattern matches; empty if it matches none. */
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

/** The maximum number of references to follow, because they may be circular. */
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
