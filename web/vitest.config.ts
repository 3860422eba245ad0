import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const junit = process.env.JUNIT_OUT;

export default defineConfig({
  plugins: [svelte()],
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    reporters: junit ? ["default", ["junit", { outputFile: junit }]] : ["default"],
  },
});
