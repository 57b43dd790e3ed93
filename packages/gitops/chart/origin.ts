import { createHash } from "node:crypto";
import { CHARTS } from "@gitops-platform/contract/paths";
import { parseYaml } from "@gitops-platform/contract/values/parse";
import { Entry, type FileProblem } from "@gitops-platform/rules/entry";

/** Where a third-party chart comes from, and what was taken. `gitops chart` writes it beside the chart. */
export interface Origin {
  /** A Helm repository, `https://…`, or a folder of an OCI registry, `oci://…`. */
  readonly from: string;
  /** The chart's name there. */
  readonly chart: string;
  readonly version: string;
  /** The digest of the archive. */
  readonly archive: string;
  /** The digest of the chart's folder, as {@link contentDigest} computes it. */
  readonly content: string;
}

const KEYS = ["from", "chart", "version", "archive", "content"] as const;

const ORIGIN = new RegExp(`^${CHARTS}/([a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)\\.origin\\.yaml$`);

/** The path of a chart's origin. It is outside of the chart, whose digest it has. */
export function originPath(name: string): string {
  return `${CHARTS}/${name}.origin.yaml`;
}

/** The chart whose origin is at a path; undefined for any other path. */
export function parseOriginPath(path: string): string | undefined {
  return ORIGIN.exec(path)?.[1];
}

/** The text of an origin. */
export function originText(name: string, origin: Origin): string {
  return [
    `# Written by gitops chart. ${CHARTS}/${name} was taken from this archive; ` +
      "validate compares content with the folder.",
    ...KEYS.map((key) => `${key}: ${JSON.stringify(origin[key])}`),
    "",
  ].join("\n");
}

/** Reads an origin; undefined with problems. */
export function readOrigin(text: string, file: string): { origin: Origin | undefined; problems: FileProblem[] } {
  const { root, lines, problems: invalid } = parseYaml(text);
  const problems: FileProblem[] = invalid.map((problem) => ({ file, ...problem }));
  if (invalid.length > 0) return { origin: undefined, problems };
  const map = new Entry(root, "", { file, lines, problems });
  const entries = map.keys(KEYS);
  const values = Object.fromEntries(
    KEYS.map((key) => {
      const { pattern, expected } = RULES[key];
      const entry = entries[key];
      if (!entry) map.problem(`a line with ${key}, ${expected}`, FIX);
      const value = entry?.text(expected, FIX) ?? "";
      if (entry && value !== "" && !pattern.test(value)) entry.problem(expected, FIX);
      return [key, value];
    }),
  );
  return { origin: problems.length > 0 ? undefined : (values as unknown as Origin), problems };
}

const FIX = "Let gitops chart write it.";

const DIGEST = { pattern: /^sha256:[0-9a-f]{64}$/, expected: "sha256: and 64 of the characters 0-9 and a-f" };

/** The rules for an origin's values. `gitops chart` checks its options by them too. */
export const RULES = {
  from: {
    pattern: /^(https|oci):\/\/[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*\/?$/,
    expected: "the address of a Helm repository, https://…, or of a folder of an OCI registry, oci://…, without a user",
  },
  chart: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, expected: "the name of a chart" },
  version: {
    pattern: /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
    expected: "one exact version, such as 1.2.3, and no range",
  },
  archive: DIGEST,
  content: DIGEST,
} as const satisfies Record<keyof Origin, { pattern: RegExp; expected: string }>;

/** The digest of some bytes, in the form of an origin. */
export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * The digest of a folder: that of the list that `sha256sum` prints of its files, sorted by path.
 * @param files The content by path in the folder.
 */
export function contentDigest(files: ReadonlyMap<string, Buffer | string>): string {
  const lines = [...files].map(([path, content]) => ({ path, line: `${digestOf(content).slice(7)}  ${path}\n` }));
  lines.sort((one, other) => Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)));
  return digestOf(lines.map(({ line }) => line).join(""));
}
