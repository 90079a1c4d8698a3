import { defineConfig } from "vitest/config";
import { viteTexts } from "./build/texts.mjs";

export default defineConfig({
  plugins: [viteTexts(import.meta.dirname)],
  test: {
    include: ["tests/**/*.test.{ts,tsx,mjs}"],
    environment: "node",
    pool: "threads",
    testTimeout: 60_000, // only for hanging tests: a busy machine must not fail them
  },
});
