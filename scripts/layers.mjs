// Checks imports between layers: the folders that a file's folder may import.
import { dirname, relative, resolve, sep } from "node:path";

const ALL = "*";

/**
 * For each folder, relative to the project, its subfolders and the siblings that each may import; "*" for all. Files
 * beside them may import all.
 */
export const LAYERS = {
  "": {
    contract: [],
    clients: [],
    environments: ["contract"],
    rules: ["contract", "environments"],
    components: ["contract", "environments", "clients"],
    policy: ["contract", "environments", "rules"],
    engine: ["clients"],
    gitops: ["contract", "environments", "clients", "rules", "components", "policy", "scripts"],
    drift: ["gitops"],
    review: ["contract", "environments", "engine", "gitops"],
    sandbox: ALL,
    scripts: ALL,
    tests: ALL,
  },
  engine: {
    model: [],
    state: ["model"],
    protocol: ["model"],
    providers: ["model"],
    policy: ["model", "protocol"],
    plan: ["model", "state", "policy"],
  },
  "sandbox/github": {
    store: [],
    git: ["store"],
    shapes: ["store", "git"],
    domain: ["store", "git", "shapes"],
    actions: ["store", "git", "shapes", "domain"],
    http: ["store", "git", "shapes", "domain", "actions"],
  },
};

/** Why a file may not import a path; undefined if it may. Both are relative to the project, with slashes. */
export function layerProblem(file, imported) {
  for (const [parent, folders] of Object.entries(LAYERS)) {
    const [from, to] = [file, imported].map((path) => folderIn(parent, path));
    if (from === to || !Object.hasOwn(folders, from) || !Object.hasOwn(folders, to)) continue;
    const may = folders[from];
    if (may === ALL || may.includes(to)) continue;
    const place = parent === "" ? "" : `${parent}/`;
    return `got an import of ${place}${to}/ in ${place}${from}/; expected ${may.join(", ") || "none of its siblings"}.`;
  }
  return undefined;
}

function folderIn(parent, path) {
  const inside = parent === "" ? path : path.startsWith(`${parent}/`) ? path.slice(parent.length + 1) : "";
  return inside.split("/", 1)[0] ?? "";
}

/** @type {import("eslint").Rule.RuleModule} */
export const layers = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const pathOf = (file) => relative(context.cwd, file).split(sep).join("/");
    const check = ({ source }) => {
      if (typeof source?.value !== "string" || !source.value.startsWith(".")) return;
      const imported = resolve(dirname(context.filename), source.value);
      const message = layerProblem(pathOf(context.filename), pathOf(imported));
      if (message !== undefined) {
        context.report({ node: source, message: `${message} scripts/layers.mjs lists the layers.` });
      }
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};
