import type { Rule } from "eslint";

export const PACKAGES: Readonly<Record<string, readonly string[] | "*">>;
export const FOLDERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
export function layerProblem(file: string, imported: string): string | undefined;
export const layers: Rule.RuleModule;
