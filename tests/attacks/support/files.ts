import { EVIL } from "./production";

/** A symbolic link. */
export function link(target: string) {
  return { mode: "120000", text: target };
}

/** A submodule in place of a folder. */
export const submodule = { mode: "160000", text: "1".repeat(40) };

/** A file from which Argo CD reads parameters that override the Application's spec. */
export const parameters = `helm:\n  parameters:\n    - {name: image.tag, value: ${EVIL}}\n`;

/** A manifest. @param metadata one line of metadata @param rest whole lines */
export function object(apiVersion: string, kind: string, metadata = "", rest = ""): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: evil\n${metadata && `  ${metadata}\n`}${rest}\n`;
}

/** A Job that a tool runs outside a normal sync. */
export function hook(annotation: string): string {
  const spec = "spec: {template: {spec: {restartPolicy: Never, containers: []}}}";
  return object("batch/v1", "Job", `annotations: {${annotation}}`, spec);
}
