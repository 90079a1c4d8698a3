/** The form of the project's own model. */

import { describe, expect, it } from "vitest";

import {
  draftOf,
  faultsOf,
  inputOf,
  isChanged,
  temperatureOf,
} from "../../../src/dashboard/settings/assistant/settings/own_model_draft";
import type { OwnProvider } from "../../../src/rest/types";

const SAVED: OwnProvider = {
  base_url: "https://models.shop.example/v1",
  model: "small-1",
  temperature: 0.5,
  has_key: true,
  version: 3,
};

describe("the key", () => {
  it("is never in the form, and stays as it is unless another one is typed", () => {
    const draft = draftOf(SAVED);
    expect(draft.key).toBe("");
    expect(inputOf(3, draft)).toEqual({
      version: 3,
      base_url: SAVED.base_url,
      model: "small-1",
      temperature: 0.5,
    });
    expect(inputOf(3, { ...draft, key: " sk-new " }).key).toBe("sk-new");
  });

  it("is removed on request", () => {
    const draft = { ...draftOf(SAVED), forget: true };
    expect(inputOf(3, draft).key).toBe("");
    expect(isChanged(SAVED, draft)).toBe(true);
  });
});

describe("the temperature", () => {
  it.each([
    ["", null, true],
    ["0", 0, true],
    ["0,7", 0.7, true],
    ["2", 2, true],
    ["2.1", null, false],
    ["-1", null, false],
    ["warm", null, false],
    ["1e1", null, false],
  ])("%s", (text, value, fits) => {
    expect(temperatureOf(text)).toEqual({ value, fits });
  });
});

it("finds what is missing before the server is asked", () => {
  const empty = { base_url: "models.shop.example", model: " ", temperature: "9", key: "", forget: false };
  expect([...faultsOf(empty)]).toEqual([
    ["base_url", "url"],
    ["model", "required"],
    ["temperature", "temperature"],
  ]);
  expect(faultsOf(draftOf(SAVED)).size).toBe(0);
  expect(isChanged(SAVED, draftOf(SAVED))).toBe(false);
  expect(isChanged(SAVED, { ...draftOf(SAVED), model: "large-1" })).toBe(true);
});
