/** Parley's version, which stands in pyproject.toml alone. */

import { readFileSync } from "node:fs";

const PROJECT = new URL("../../pyproject.toml", import.meta.url);

export const VERSION = /^version = "([^"]+)"$/m.exec(readFileSync(PROJECT, "utf8"))[1];
