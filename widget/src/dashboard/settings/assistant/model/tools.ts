/** The arguments of the tools that an author may preset (core/assistant/tools.py). Pure. */

export interface ArgumentOfTool {
  readonly name: string;
  readonly kind: "text" | "long" | "status" | "template" | "member";
  readonly required: boolean;
  readonly most: number; // characters
}

const text = (
  name: string,
  most: number,
  required: boolean,
  kind: ArgumentOfTool["kind"] = "text",
): ArgumentOfTool => ({
  name,
  kind,
  required,
  most,
});

const ARGUMENTS: Readonly<Record<string, readonly ArgumentOfTool[]>> = {
  add_visitor_note: [text("content", 2_000, true, "long")],
  change_status: [text("status", 10, true, "status")],
  send_form: [text("template", 200, true, "template")],
  assign: [text("member", 200, false, "member")],
  set_visitor: [text("name", 200, false), text("email", 200, false)],
  search_articles: [text("query", 300, true)],
  handoff: [text("reason", 500, true, "long")],
};

/** Empty for a tool of a later version of the server: its presets stay as they are. */
export function argumentsOf(tool: string): readonly ArgumentOfTool[] {
  return ARGUMENTS[tool] ?? [];
}
