import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const junit = process.env.JUNIT_OUT;

export default defineConfig({
  plugins: [svelte()],
  // Runes as the browser runs them, not as a server would render them.
  resolve: { conditions: ["browser"] },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    testTransformMode: { web: ["tests/**/*.test.ts"] },
    reporters: junit ? ["default", ["junit", { outputFile: junit }]] : ["default"],
  },
});
