/** The draft of a form template in the builder: fields are added, edited, removed and moved. Pure. */

import { type FieldType, type FormField, TYPES } from "../../../forms/fields";
import type { FormTemplate, NewFormTemplate } from "../../../rest/types";

export const MAX_FIELDS = 40;
const MAX_OPTIONS = 50;
const MAX_OPTION = 200; // characters
const MAX_KEY = 40;
const KEY = /^[a-z0-9_]{1,40}$/;

export interface FieldDraft {
  readonly id: number; // of this screen: keys and positions change
  readonly key: string;
  readonly own_key: boolean; // saved before, or written by the manager: it no longer follows the label
  readonly label: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly options: string; // one on each line
}

export interface TemplateDraft {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly FieldDraft[];
  readonly enabled: boolean;
  readonly pre_chat: boolean;
}

export type Action =
  | { readonly type: "set"; readonly change: Partial<Omit<TemplateDraft, "fields">> }
  | { readonly type: "add" }
  | { readonly type: "edit"; readonly id: number; readonly change: Partial<Omit<FieldDraft, "id">> }
  | { readonly type: "remove"; readonly id: number }
  | { readonly type: "move"; readonly id: number; readonly to: number } // an index
  | { readonly type: "replace"; readonly draft: TemplateDraft };

export const EMPTY: TemplateDraft = {
  name: "",
  description: "",
  fields: [{ id: 1, key: "field_1", own_key: false, label: "", type: "text", required: false, options: "" }],
  enabled: true,
  pre_chat: false,
};

export function reduce(draft: TemplateDraft, action: Action): TemplateDraft {
  const { fields } = draft;
  switch (action.type) {
    case "set":
      return { ...draft, ...action.change };
    case "add":
      return fields.length >= MAX_FIELDS ? draft : { ...draft, fields: [...fields, newField(fields)] };
    case "edit":
      return {
        ...draft,
        fields: fields.map((one) => (one.id === action.id ? edited(one, action.change, fields) : one)),
      };
    case "remove":
      return fields.length === 1 ? draft : { ...draft, fields: fields.filter(({ id }) => id !== action.id) };
    case "move":
      return { ...draft, fields: moved(fields, action.id, action.to) };
    case "replace":
      return action.draft;
    default:
      return action satisfies never;
  }
}

export function draftOf(template: FormTemplate): TemplateDraft {
  const { name, description, enabled, pre_chat } = template;
  const fields = template.fields.map((field, index) => ({
    id: index + 1,
    key: field.key,
    own_key: true, // answers are kept under it
    label: field.label,
    type: TYPES.find((one) => one === field.type) ?? "text",
    required: field.required ?? false,
    options: (field.options ?? []).join("\n"),
  }));
  return { name, description, fields, enabled, pre_chat };
}

/** For REST. */
export function templateOf({ name, description, fields, enabled, pre_chat }: TemplateDraft): Required<NewFormTemplate> {
  return { name: name.trim(), description: description.trim(), fields: fields.map(fieldOf), enabled, pre_chat };
}

export function fieldOf({ key, label, type, required, options }: FieldDraft): Required<Omit<FormField, "lines">> {
  return { key, label: label.trim(), type, required, options: hasOptions(type) ? optionsOf(options) : [] };
}

export function hasOptions(type: string): boolean {
  return type === "select" || type === "multiselect";
}

export function optionsOf(lines: string): readonly string[] {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Whether saving would change anything. */
export function isSame(one: TemplateDraft, other: TemplateDraft): boolean {
  return JSON.stringify(templateOf(one)) === JSON.stringify(templateOf(other));
}

export type Fault = "required" | "taken" | "bad_key" | "no_options" | "same_options" | "many_options" | "long_option";

/** What keeps the template from being saved, by place: `name`, `label 1`, `key 1`, `options 1` … with the id of the
 *  field. */
export function faultsOf({ name, fields }: TemplateDraft): ReadonlyMap<string, Fault> {
  const found = new Map<string, Fault>();
  if (name.trim() === "") found.set("name", "required");
  for (const { id, key, label, type, options } of fields) {
    if (label.trim() === "") found.set(`label ${id}`, "required");
    if (!KEY.test(key)) found.set(`key ${id}`, "bad_key");
    else if (fields.some((other) => other.id !== id && other.key === key)) found.set(`key ${id}`, "taken");
    const fault = hasOptions(type) ? faultOfOptions(optionsOf(options)) : null;
    if (fault !== null) found.set(`options ${id}`, fault);
  }
  return found;
}

function faultOfOptions(options: readonly string[]): Fault | null {
  if (options.length === 0) return "no_options";
  if (options.length > MAX_OPTIONS) return "many_options";
  if (options.some((option) => [...option].length > MAX_OPTION)) return "long_option";
  return new Set(options).size < options.length ? "same_options" : null;
}

function newField(fields: readonly FieldDraft[]): FieldDraft {
  const id = Math.max(0, ...fields.map((one) => one.id)) + 1;
  return { id, key: keyFrom("", id, fields), own_key: false, label: "", type: "text", required: false, options: "" };
}

function edited(field: FieldDraft, change: Partial<FieldDraft>, fields: readonly FieldDraft[]): FieldDraft {
  const next = { ...field, ...change, own_key: field.own_key || change.key !== undefined };
  return next.own_key ? next : { ...next, key: keyFrom(next.label, next.id, fields) };
}

/** A key made from the label, that no other field has: "Địa chỉ" gives "dia_chi". */
export function keyFrom(label: string, id: number, fields: readonly FieldDraft[]): string {
  const plain = label
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, MAX_KEY - 3)
    .replace(/^_+|_+$/g, "");
  const wanted = plain === "" ? `field_${id}` : plain;
  const taken = (key: string): boolean => fields.some((other) => other.id !== id && other.key === key);
  let key = wanted;
  for (let count = 2; taken(key); count++) key = `${wanted}_${count}`;
  return key;
}

function moved(fields: readonly FieldDraft[], id: number, to: number): readonly FieldDraft[] {
  const field = fields.find((one) => one.id === id);
  if (field === undefined || to < 0 || to >= fields.length) return fields;
  const others = fields.filter((one) => one !== field);
  return [...others.slice(0, to), field, ...others.slice(to)];
}
