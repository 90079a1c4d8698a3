/** The draft of a form in the builder. */

import { describe, expect, test } from "vitest";
import {
  type Action,
  draftOf,
  EMPTY,
  faultsOf,
  isSame,
  MAX_FIELDS,
  reduce,
  type TemplateDraft,
  templateOf,
} from "../../src/dashboard/settings/forms/draft";
import type { FormTemplate } from "../../src/rest/types";

const SAVED: FormTemplate = {
  id: "t1",
  name: "Order",
  description: "",
  fields: [
    { key: "number", label: "Order number", type: "text", required: true, options: [] },
    { key: "size", label: "Size", type: "select", required: false, options: ["S", "M"] },
  ],
  enabled: true,
  pre_chat: false,
  version: 3,
  created_at: 1,
  updated_at: 2,
  answers: 0,
};
const after = (draft: TemplateDraft, ...actions: Action[]): TemplateDraft => actions.reduce(reduce, draft);
const labels = (draft: TemplateDraft) => draft.fields.map(({ label }) => label);
const keys = (draft: TemplateDraft) => draft.fields.map(({ key }) => key);

describe("fields", () => {
  const three = after(
    EMPTY,
    { type: "edit", id: 1, change: { label: "A" } },
    { type: "add" },
    { type: "edit", id: 2, change: { label: "B" } },
    { type: "add" },
    { type: "edit", id: 3, change: { label: "C" } },
  );

  test("are moved to an index", () => {
    expect(labels(after(three, { type: "move", id: 1, to: 2 }))).toEqual(["B", "C", "A"]);
    expect(labels(after(three, { type: "move", id: 3, to: 0 }))).toEqual(["C", "A", "B"]);
    expect(labels(after(three, { type: "move", id: 2, to: 1 }))).toEqual(["A", "B", "C"]);
  });

  test("stay where they are when the place does not exist", () => {
    for (const to of [-1, 3]) expect(after(three, { type: "move", id: 1, to })).toEqual(three);
    expect(after(three, { type: "move", id: 9, to: 0 })).toEqual(three);
  });

  test("are removed, but not the last one", () => {
    const one = after(three, { type: "remove", id: 1 }, { type: "remove", id: 3 });
    expect(labels(one)).toEqual(["B"]);
    expect(after(one, { type: "remove", id: 2 })).toEqual(one);
  });

  test("are added up to the limit, each with an id of its own", () => {
    const many = after(EMPTY, ...Array.from({ length: 60 }, (): Action => ({ type: "add" })));
    expect(many.fields).toHaveLength(MAX_FIELDS);
    expect(new Set(many.fields.map(({ id }) => id)).size).toBe(MAX_FIELDS);
    expect(new Set(keys(many)).size).toBe(MAX_FIELDS);
  });
});

describe("the key of a field", () => {
  const labelled = (label: string) => keys(after(EMPTY, { type: "edit", id: 1, change: { label } }))[0];

  test.each([
    ["Order number", "order_number"],
    ["Địa chỉ", "dia_chi"],
    ["  E-mail! ", "e_mail"],
    ["住所", "field_1"],
    ["", "field_1"],
  ])("of %j is %s", (label, key) => expect(labelled(label)).toBe(key));

  test("is short enough and stays unique", () => {
    const long = "a very long label that goes on and on and on";
    const two = after(EMPTY, { type: "edit", id: 1, change: { label: long } }, { type: "add" });
    const made = keys(after(two, { type: "edit", id: 2, change: { label: long } }));
    expect(new Set(made).size).toBe(2);
    for (const key of made) expect(key).toMatch(/^[a-z0-9_]{1,40}$/);
  });

  test("no longer follows the label once it is written or saved", () => {
    const written = after(
      EMPTY,
      { type: "edit", id: 1, change: { key: "mine" } },
      { type: "edit", id: 1, change: { label: "B" } },
    );
    expect(keys(written)).toEqual(["mine"]);
    expect(keys(after(draftOf(SAVED), { type: "edit", id: 1, change: { label: "No." } }))).toEqual(["number", "size"]);
  });
});

describe("a template", () => {
  test("comes back as it was saved", () => {
    expect(templateOf(draftOf(SAVED))).toEqual({
      name: "Order",
      description: "",
      fields: SAVED.fields,
      enabled: true,
      pre_chat: false,
    });
    expect(isSame(draftOf(SAVED), draftOf({ ...SAVED, version: 4 }))).toBe(true);
    expect(isSame(draftOf(SAVED), draftOf({ ...SAVED, enabled: false }))).toBe(false);
  });

  test("sends no options of a type that has none", () => {
    const draft = after(draftOf(SAVED), { type: "edit", id: 2, change: { type: "text" } });
    expect(templateOf(draft).fields[1]).toMatchObject({ type: "text", options: [] });
    const back = after(draft, { type: "edit", id: 2, change: { type: "multiselect" } });
    expect(templateOf(back).fields[1]?.options).toEqual(["S", "M"]); // kept while the manager tries types
  });

  test("says what keeps it from being saved", () => {
    const draft = after(
      draftOf(SAVED),
      { type: "set", change: { name: " " } },
      { type: "edit", id: 1, change: { label: "", key: "SIZE" } },
      { type: "edit", id: 2, change: { options: "S\n\n S " } },
    );
    expect(Object.fromEntries(faultsOf(draft))).toEqual({
      name: "required",
      "label 1": "required",
      "key 1": "bad_key",
      "options 2": "same_options",
    });
    const taken = after(draftOf(SAVED), { type: "edit", id: 2, change: { key: "number", options: "" } });
    expect(Object.fromEntries(faultsOf(taken))).toEqual({
      "key 1": "taken",
      "key 2": "taken",
      "options 2": "no_options",
    });
    expect(faultsOf(draftOf(SAVED)).size).toBe(0);
  });
});
