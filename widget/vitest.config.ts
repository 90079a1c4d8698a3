import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.{ts,tsx,mjs}"],
    environment: "node",
    pool: "threads",
    testTimeout: 60_000, // for what hangs: a busy machine is no reason to fail
  },
});
