import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { stringify } from "yaml";
import { z } from "zod";
import { topLevelKey } from "@gitops-platform/environments/settings/requirements";
import type { Setting, SettingTable } from "@gitops-platform/environments/settings/setting";
import { areas, schemas, settingTable } from "@gitops-platform/environments/settings/table";

const ROOT = join(__dirname, "..");
const COLUMNS = 120;

/** The documents that are generated from environments/settings/, by path. `npm run docs` writes them. */
export async function settingsDocuments(): Promise<Record<string, string>> {
  const project = readFileSync(join(ROOT, "Pulumi.yaml"), "utf8");
  const documents: Record<string, string> = { "docs/settings.md": reference(), "Pulumi.yaml": withSettings(project) };
  const formatted = Object.entries(documents).map(async ([path, text]): Promise<[string, string]> => {
    const parser = path.endsWith(".md") ? "markdown" : "yaml";
    return [path, await format(text, { parser, printWidth: COLUMNS, proseWrap: "always" })];
  });
  return Object.fromEntries(await Promise.all(formatted));
}

/** The reference of all settings. */
function reference(): string {
  return [
    "# Settings",
    "This page is generated from `environments/settings/`: change a setting there, and run `npm run docs`.",
    "The settings of an environment are in its stack's file, `Pulumi.<environment>.yaml`. " +
      "A setting whose name has a dot is a key of a map: `argocd.url` is `url` below `gitops-platform:argocd`. " +
      "The values of secrets are encrypted there, by `pulumi config set --secret`. " +
      "Most environments need few settings: [getting started](getting-started.md#use-it-on-your-clusters) has them.",
    ...Object.entries<SettingTable>(areas).flatMap(([title, table]) => [
      `## ${title}`,
      ...Object.entries(table).flatMap(([key, setting]) => [
        `### ${key}`,
        setting.doc,
        facts(setting)
          .map((fact) => `- ${fact}`)
          .join("\n"),
        example(key, setting),
      ]),
    ]),
  ].join("\n\n");
}

/** What the declaration of a setting says beside its text. */
function facts({ schema, default: otherwise, secret, owningStackOnly, byEnvironment, required }: Setting): string[] {
  return [
    `Value: ${byEnvironment ? "a map with the names of environments as keys" : valuesOf(schema)}`,
    ...(otherwise === undefined ? [] : [`Default: ${otherwise}`]),
    ...(required ? [`Required: ${requirement(required)}`] : []),
    ...(owningStackOnly ? ["Permitted: only in the stack that owns the repository"] : []),
    ...(secret ? ["Secret"] : []),
  ];
}

function requirement(required: NonNullable<Setting["required"]>): string {
  const { by } = required;
  if (by === "every stack") {
    return required.unless === undefined ? "in every stack" : `in every stack without \`${required.unless}\``;
  }
  if (by === "owning stack") return "in the stack that owns the repository";
  return `if ${by.map((key) => `\`${key}\``).join(" or ")} is set`;
}

function valuesOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodPipe) return valuesOf(schema.in);
  if (schema instanceof z.ZodBoolean) return "true or false";
  if (schema instanceof z.ZodNumber) return "a number";
  if (schema instanceof z.ZodEnum) return `one of ${names(schema.options.map(String))}`;
  if (schema instanceof z.ZodArray) return "a list";
  if (schema instanceof z.ZodObject) return `a map with ${names(Object.keys(schema.shape))}`;
  return schema instanceof z.ZodRecord ? "a map" : "text";
}

function names(all: readonly string[]): string {
  return all.map((name) => `\`${name}\``).join(", ");
}

function example(key: string, { example: value, secret }: Setting): string {
  if (secret) return `\`\`\`console\n$ ${String(value)}\n\`\`\``;
  const path = key.split(".");
  const nested = path.reduceRight(
    (inner, name, depth) => ({ [depth === 0 ? `gitops-platform:${name}` : name]: inner }),
    value,
  );
  return `\`\`\`yaml\n${stringify(nested)}\`\`\``;
}

const MARKER = "# What follows is generated";

/** Pulumi.yaml with the declarations of all settings. */
function withSettings(project: string): string {
  const [head = ""] = project.split(MARKER);
  const keys = Object.keys(schemas);
  return `${head}${MARKER} from environments/settings/ by: npm run docs. The whole reference is docs/settings.md.
#
# A key that is declared here without a value must be set in every stack. So optional keys are not declared here, unless
# they are maps, which can be empty. A stack may still set them; the program refuses keys that it does not know. Only
# the stack that owns the repository may set what is marked "owning stack".
#
${keys
  .filter((key) => !isDeclared(key))
  .flatMap(settingsBelow)
  .map(([key, setting]) => wrapped(summary(key, setting), "#   ", "#     "))
  .join("\n")}
#
# Maps cannot have a type here (https://github.com/pulumi/pulumi/issues/11321).
config:
  # The cluster and the GitHub account are always explicit: no resource uses the credentials of the current shell.
  pulumi:disable-default-providers:
    value: ["*"]
${keys.filter(isDeclared).map(declaration).join("\n")}
`;
}

/** Whether Pulumi.yaml declares a key: every stack requires it, or it is a map. */
function isDeclared(key: string): boolean {
  return isRequired(key) || schemas[key] instanceof z.ZodObject || schemas[key] instanceof z.ZodRecord;
}

function isRequired(key: string): boolean {
  return settingsBelow(key).some(([, { required }]) => required?.by === "every stack" && required.unless === undefined);
}

/** The settings in a key: itself, or those in its map. */
function settingsBelow(key: string): [string, Setting][] {
  return Object.entries(settingTable).filter(([path]) => topLevelKey(path) === key);
}

function declaration(key: string): string {
  const own = settingTable[key];
  const description = settingsBelow(key).map(([path, setting]) =>
    own
      ? wrapped(summary("", setting), "      ")
      : wrapped(summary(path.slice(key.length + 1), setting), "      ", "        "),
  );
  return [
    `  ${key}:`,
    ...(own && isRequired(key) ? ["    type: string"] : []),
    ...(own?.secret && isRequired(key) ? ["    secret: true"] : []),
    "    description: |-",
    ...description,
    ...(isRequired(key) ? [] : ["    value: {}"]),
  ].join("\n");
}

/** A setting in one sentence, after its name. */
function summary(name: string, { doc, secret, owningStackOnly }: Setting): string {
  const notes = [...(secret ? ["secret"] : []), ...(owningStackOnly ? ["owning stack"] : [])].join(", ");
  const before = [name, notes && `(${notes})`].filter((part) => part !== "").join(" ");
  const [sentence = ""] = doc.split(/(?<=\.) (?=[A-Z`])/, 1);
  return before === "" ? sentence : `${before}: ${sentence}`;
}

/** Text in lines that start with an indent. */
function wrapped(text: string, indent: string, next = indent): string {
  const lines = [indent];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    const isFirst = line === indent || line === next;
    if (!isFirst && line.length + 1 + word.length > COLUMNS) lines.push(next + word);
    else lines[lines.length - 1] = isFirst ? line + word : `${line} ${word}`;
  }
  return lines.join("\n");
}

async function main(): Promise<void> {
  for (const [path, text] of Object.entries(await settingsDocuments())) writeFileSync(join(ROOT, path), text);
}

if (require.main === module) void main();
