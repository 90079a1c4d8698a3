import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.{ts,tsx,mjs}"],
    environment: "node",
    pool: "threads",
    testTimeout: 60_000, // only for hanging tests: a busy machine must not fail them
  },
});
