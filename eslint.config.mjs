import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { prose } from "./scripts/prose.mjs";

/** Git resolves the short name of a remote's branch to a tag of that name first: git/refs.ts gives full names. */
const shortNames = ["Literal[value=/\\borigin\\u002F/]", "TemplateElement[value.raw=/\\borigin\\u002F/]"].map(
  (selector) => ({
    selector,
    message: "A short name may be a tag's. Use remoteBranch() of gitops/git/refs.ts.",
  }),
);

/** The configuration, variables and hooks of the person who runs this are for their own work. */
const ownGit = [
  '[callee.name="execa"][arguments.0.value="git"]:not(:has(Property[key.name="extendEnv"]))',
  '[callee.name=/^(spawn|exec)/][arguments.0.value="git"]:not(:has(Property[key.name="env"]))',
].map((call) => ({
  selector: `CallExpression${call}`,
  message: "Git would get this process's environment. Pass one of gitops/git/environment.ts, and extendEnv: false.",
}));

/** The rings of the GitHub stand-in, from the inside: a ring imports only itself and those before it. */
const rings = ["store", "git", "shapes", "domain", "actions", "http"];

const ringImports = rings.slice(0, -1).map((ring, at) => ({
  files: [`sandbox/github/${ring}/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${rings.slice(at + 1).join("|")})/`,
            message: `Files of ${ring}/ import only inner rings. sandbox/github/README.md has their order.`,
          },
        ],
      },
    ],
  },
}));

export default defineConfig(
  { ignores: ["node_modules/", ".sandbox*/"] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { project: { rules: { prose } } },
    rules: {
      "project/prose": "error",
      // Numbers in messages are what they say; anything else must be made a string on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["{clients,components,contract,drift,engine,environments,gitops,policy,review,sandbox}/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...ownGit] },
  },
  {
    files: ["gitops/**/*.ts"],
    ignores: ["gitops/git/refs.ts"],
    rules: { "no-restricted-syntax": ["error", ...ownGit, ...shortNames] },
  },
  ringImports,
  {
    // Plain CommonJS: what runs before TypeScript does.
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  { files: ["**/*.mjs"], extends: [tseslint.configs.disableTypeChecked] },
);
