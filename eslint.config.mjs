import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules/", ".sandbox*/"] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are what they say; anything else must be made a string on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: "error",
    },
  },
  {
    // Git resolves the short name of a remote's branch to a tag of that name first: git/refs.ts gives full names.
    files: ["gitops/**/*.ts"],
    ignores: ["gitops/git/refs.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...["Literal[value=/\\borigin\\u002F/]", "TemplateElement[value.raw=/\\borigin\\u002F/]"].map((selector) => ({
          selector,
          message: "A short name may be a tag's. Use remoteBranch() of gitops/git/refs.ts.",
        })),
      ],
    },
  },
  {
    // Plain CommonJS: what runs before TypeScript does.
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  { files: ["**/*.mjs"], extends: [tseslint.configs.disableTypeChecked] },
);
