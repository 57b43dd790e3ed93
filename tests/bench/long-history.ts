/** How long a history is. */
export interface Length {
  readonly commits: number;
  readonly branches: number;
  readonly services: number;
}

/** A tenth of the commits are releases on `env/prod`. */
const RELEASES = 10;

/** What `git fast-import` makes a GitOps repository of: bumps, promotions and releases, one after the other. */
export function longHistory({ commits, branches, services }: Length): string {
  const parts: string[] = [];
  let mark = 0;
  const commit = (branch: string, subject: string, files: Readonly<Record<string, string>>, from?: number) => {
    mark += 1;
    const who = `bump-app[bot] <bump-app[bot]@example.com> ${1_600_000_000 + mark * 60} +0000`;
    parts.push(`commit refs/heads/${branch}\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n${data(subject)}`);
    if (from !== undefined) parts.push(`from :${from}\n`);
    for (const [path, text] of Object.entries(files)) parts.push(`M 100644 inline ${path}\n${data(text)}`);
    return mark;
  };
  const names = Array.from({ length: services }, (_, index) => `service-${index}`);
  const first: Record<string, string> = { "charts/service/Chart.yaml": "name: service\nversion: 1.0.0\n" };
  for (const name of names) for (const each of ENVIRONMENTS) first[`environments/${each}/${name}.yaml`] = values(0);
  const begin = commit("main", "Begin", first);
  let released = begin;
  for (let version = 1; version < commits; version += 1) {
    const name = names[Math.floor(version / RELEASES) % services] ?? "";
    const environment = ENVIRONMENTS[version % ENVIRONMENTS.length] ?? "";
    const path = `environments/${environment}/${name}.yaml`;
    if (version % RELEASES > 0) commit("main", `${name}: v${version} (#${version})`, { [path]: values(version) });
    else {
      const files = {
        [`environments/prod/${name}.yaml`]: values(version),
        [`manifests/${name}/manifests.yaml`]: manifests(version),
      };
      released = commit("env/prod", `${name}: v${version} (#${version})`, files, released);
    }
  }
  // Half of them are of names that commands read.
  for (let branch = 0; branch < branches; branch += 1) {
    const name = branch % 2 === 0 ? `promote/staging/topic-${branch}` : `topic-${branch}`;
    parts.push(`reset refs/heads/${name}\nfrom :${1 + ((branch * 7) % mark)}\n\n`);
  }
  return parts.join("");
}

const ENVIRONMENTS = ["dev", "staging", "prod"];

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function values(version: number): string {
  const image = `image:\n  repository: ghcr.io/bench/service\n  tag: "v${version}"\n`;
  return `replicaCount: 2\n${image}resources:\n  limits:\n    memory: 256Mi\n`;
}

/** As long as those of a service with an ingress and an autoscaler. */
function manifests(version: number): string {
  const line = (index: number) => `        name-${index}: value-${index}-${(version * (index + 1)) % 9973}`;
  const lines = Array.from({ length: 200 }, (_, index) => line(index));
  return `kind: Deployment\nversion: v${version}\n${lines.join("\n")}\n`;
}
