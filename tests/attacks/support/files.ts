import { EVIL } from "./production";

/** A symbolic link. */
export function link(target: string) {
  return { mode: "120000", text: target };
}

/** Another repository in a folder's place. */
export const submodule = { mode: "160000", text: "1".repeat(40) };

/** What Argo CD reads as parameters of an Application, past its spec. */
export const parameters = `helm:\n  parameters:\n    - {name: image.tag, value: ${EVIL}}\n`;

/** A manifest. @param metadata One line of it. @param rest Whole lines. */
export function object(apiVersion: string, kind: string, metadata = "", rest = ""): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: evil\n${metadata && `  ${metadata}\n`}${rest}\n`;
}

/** A Job that a tool runs at a moment of its own. */
export function hook(annotation: string): string {
  const spec = "spec: {template: {spec: {restartPolicy: Never, containers: []}}}";
  return object("batch/v1", "Job", `annotations: {${annotation}}`, spec);
}
