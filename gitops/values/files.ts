import { environments } from "../../environments/catalogue";
import { Failure } from "../failure";

/** A service's values in one environment. */
export interface ValuesFile {
  readonly environment: string;
  readonly service: string;
}

const PATH = /^environments\/([^/]+)\/([^/]+)\.yaml$/;
// What Pulumi.yaml's `services` takes for a name.
const SERVICE = /^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/;

/** Where a service's values in an environment are. */
export function valuesPath({ environment, service }: ValuesFile): string {
  return `environments/${environment}/${service}.yaml`;
}

/** The values file that a path is; undefined where it is none. */
export function parseValuesPath(path: string): ValuesFile | undefined {
  const [, environment, service] = PATH.exec(path) ?? [];
  return environment === undefined || service === undefined ? undefined : { environment, service };
}

/** What cannot be a service or an environment, each in a sentence. Environments go by the option that names them. */
export function nameProblems({ service, ...named }: { service: string } & Record<string, string>): string[] {
  const known = environments.map(({ name }) => name);
  const problems = Object.entries(named)
    .filter(([, name]) => !known.includes(name))
    .map(([key, name]) => `${key}: got ${JSON.stringify(name)}; expected one of ${known.join(", ")}.`);
  if (!SERVICE.test(service)) {
    const rule = "a service's name: lower-case letters, digits and hyphens, a letter first";
    problems.unshift(`service: got ${JSON.stringify(service)}; expected ${rule}.`);
  }
  return problems;
}

/** Refuses what cannot be a service or an environment, all problems at once. */
export function checkNames(names: { service: string } & Record<string, string>): void {
  const problems = nameProblems(names);
  if (problems.length > 0) throw new Failure(...problems);
}
