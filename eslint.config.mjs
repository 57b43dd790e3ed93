import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { layers } from "./scripts/layers.mjs";
import { prose } from "./scripts/prose.mjs";

/** Git resolves the short name of a remote's branch to a tag of that name first: git/refs.ts gives full names. */
const shortNames = ["Literal[value=/\\borigin\\u002F/]", "TemplateElement[value.raw=/\\borigin\\u002F/]"].map(
  (selector) => ({
    selector,
    message: "A short name may be a tag's. Use remoteBranch() of packages/gitops/git/refs.ts.",
  }),
);

/** The configuration, variables and hooks of the person who runs this are for their own work. */
const ownGit = [
  '[callee.name="execa"][arguments.0.value="git"]:not(:has(Property[key.name="extendEnv"]))',
  '[callee.name=/^(spawn|exec)/][arguments.0.value="git"]:not(:has(Property[key.name="env"]))',
].map((call) => ({
  selector: `CallExpression${call}`,
  message:
    "Git would get this process's environment. Pass one of packages/clients/git/environment.ts, and extendEnv: false.",
}));

const tests = ["packages/*/tests/**", "packages/test-support/**"];

export default defineConfig(
  { ignores: ["node_modules/", ".sandbox*/", "templates/"] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { project: { rules: { layers, prose } } },
    rules: {
      "project/layers": "error",
      "project/prose": "error",
      // Numbers in messages are what they say; anything else must be made a string on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["{components,environments,packages}/**/*.ts"],
    ignores: tests,
    rules: { "no-restricted-syntax": ["error", ...ownGit] },
  },
  {
    files: ["packages/gitops/**/*.ts"],
    ignores: [...tests, "packages/gitops/git/refs.ts"],
    rules: { "no-restricted-syntax": ["error", ...ownGit, ...shortNames] },
  },
  {
    // Plain CommonJS: what runs before TypeScript does.
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  { files: ["**/*.mjs"], extends: [tseslint.configs.disableTypeChecked] },
);
