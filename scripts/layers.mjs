// Checks imports between layers: the packages that a package may import, and the folders that a folder in one may.
import { dirname, relative, resolve, sep } from "node:path";

const ALL = "*";
const SCOPE = "@gitops-platform/";

/** These are beside the program, which they are a part of; the other packages are in packages/. */
const AT_ROOT = ["components", "environments"];

/** For each package, the packages that it may import; "*" for all. Tests and files of the root may import all. */
export const PACKAGES = {
  contract: [],
  clients: [],
  environments: ["contract"],
  rules: ["contract", "environments"],
  components: ["contract", "environments", "clients"],
  policy: ["contract", "environments", "rules"],
  engine: ["clients"],
  gitops: ["contract", "environments", "clients", "rules", "components", "policy"],
  drift: ["gitops"],
  review: ["contract", "environments", "clients", "components", "engine"],
  "github-stand-in": ["contract", "clients"],
  sandbox: ALL,
  "test-support": ALL,
};

/** For packages with layers of their own, the siblings that each folder may import. */
export const FOLDERS = {
  "packages/engine": {
    model: [],
    state: ["model"],
    protocol: ["model"],
    providers: ["model"],
    policy: ["model", "protocol"],
    plan: ["model", "state", "policy"],
  },
  "packages/github-stand-in": {
    store: [],
    git: ["store"],
    shapes: ["store", "git"],
    domain: ["store", "git", "shapes"],
    actions: ["store", "git", "shapes", "domain"],
    http: ["store", "git", "shapes", "domain", "actions"],
  },
};

/** The package of a path relative to the project; undefined for the root's files and folders. */
export function packageOf(path) {
  const [first, second] = path.split("/");
  if (first === "packages") return second;
  return AT_ROOT.includes(first) ? first : undefined;
}

/** Why a file may not import a path; undefined if it may. Both are relative to the project, with slashes. */
export function layerProblem(file, imported) {
  if (file.includes("/tests/")) return undefined;
  const [from, to] = [packageOf(file), packageOf(imported)];
  if (from !== undefined && to !== undefined && from !== to) return problem(PACKAGES, from, to, "");
  for (const [parent, folders] of Object.entries(FOLDERS)) {
    const [folder, sibling] = [file, imported].map((path) => folderIn(parent, path));
    if (folder === sibling || !Object.hasOwn(folders, folder) || !Object.hasOwn(folders, sibling)) continue;
    return problem(folders, folder, sibling, `${parent}/`);
  }
  return undefined;
}

function problem(layers, from, to, place) {
  const may = layers[from] ?? [];
  if (may === ALL || may.includes(to)) return undefined;
  return `got an import of ${place}${to} in ${place}${from}; expected ${may.join(", ") || "none of its siblings"}.`;
}

function folderIn(parent, path) {
  return path.startsWith(`${parent}/`) ? path.slice(parent.length + 1).split("/", 1)[0] : "";
}

/** @type {import("eslint").Rule.RuleModule} */
export const layers = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const pathOf = (file) => relative(context.cwd, file).split(sep).join("/");
    const file = pathOf(context.filename);
    const check = ({ source }) => {
      if (typeof source?.value !== "string") return;
      const message = source.value.startsWith(".")
        ? relativeProblem(file, pathOf(resolve(dirname(context.filename), source.value)))
        : source.value.startsWith(SCOPE) && layerProblem(file, pathInPackages(source.value.slice(SCOPE.length)));
      if (message) context.report({ node: source, message: `${message} scripts/layers.mjs lists the layers.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

function pathInPackages(specifier) {
  return AT_ROOT.includes(specifier.split("/", 1)[0]) ? specifier : `packages/${specifier}`;
}

function relativeProblem(file, imported) {
  const to = packageOf(imported);
  if (to === packageOf(file) || to === undefined) return layerProblem(file, imported);
  return `got a relative import of another package; expected ${SCOPE}${to}/….`;
}
