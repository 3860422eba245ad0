import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** Directions of style.md: pages -> components/state -> api -> format. */
const forbid = (...group) => ({
  "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ group, allowTypeImports: true }] }],
});

export default ts.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      eqeqeq: "error",
      "no-undef": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Sets and maps that nothing on the page depends on stay plain.
      "svelte/prefer-svelte-reactivity": "off",
      "svelte/no-navigation-without-resolve": "off",
      "svelte/no-at-html-tags": "error",
      "no-restricted-globals": ["error", { name: "event", message: "Name the parameter." }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  { files: ["src/format/**"], rules: forbid("**/api/*", "**/state/*", "**/pages/*", "**/components/*") },
  { files: ["src/api/**"], rules: forbid("**/state/*", "**/pages/*", "**/components/*") },
  { files: ["src/components/**"], rules: forbid("**/api/*", "**/pages/*") },
);
