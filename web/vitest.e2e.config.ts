import { defineConfig } from "vitest/config";

const junit = process.env.JUNIT_OUT;

// Browser tests against the real programs: see e2e/README.md.
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // One story in order: a failed step makes the later ones meaningless.
    bail: 1,
    fileParallelism: false,
    reporters: junit ? ["default", ["junit", { outputFile: junit }]] : ["default"],
  },
});
