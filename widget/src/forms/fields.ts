/** The fields of a form, and what is entered into them. Shared by the widget and the dashboard. Pure. */

export const TYPES = ["text", "number", "date", "boolean", "select", "multiselect"] as const;
export type FieldType = (typeof TYPES)[number];

/** As in a template and in the content of a message; `type` is an open word. */
export interface FormField {
  readonly key: string;
  readonly label: string;
  readonly type: string;
  readonly required?: boolean; // of a boolean: that it is true, as for a consent
  readonly options?: readonly string[];
  readonly lines?: boolean; // of a text on this screen: it has several lines, which a single-line input would join
}

/** What stands in the inputs, by key: numbers and dates as text; a missing key is an empty field. */
export type Entered = string | boolean | readonly string[];
export type Draft = Readonly<Record<string, Entered>>;

/** What goes over the wire: numbers in decimal form, dates as YYYY-MM-DD; null: left empty. */
export type Value = string | boolean | readonly string[] | null;
export type Values = Readonly<Record<string, Value>>;

/** By key: why a value is refused; the server has the same words. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Whether this version has an input for every field. */
export function isKnown(fields: readonly FormField[]): boolean {
  return fields.every(({ type }) => (TYPES as readonly string[]).includes(type));
}
