import { suggest } from "@gitops-platform/contract/problems";
import { PROFILE_NAMES } from "@gitops-platform/environments/profiles";
import type { Entry } from "@gitops-platform/rules/entry";

/** Reads a declaration's key `profile`. Undefined without it, and for an unknown name, which is a problem. */
export function readProfile(entry: Entry | undefined): string | undefined {
  const expected = `one of ${PROFILE_NAMES.join(", ")}`;
  const name = entry?.text(expected, "Name a profile, or remove the line for the default.");
  if (name === undefined || PROFILE_NAMES.includes(name)) return name;
  entry?.problem(expected, suggest(name, PROFILE_NAMES));
  return undefined;
}
