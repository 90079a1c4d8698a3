/** The keyboard shortcuts, in English. */

export const en = {
  title: "Keyboard shortcuts",
  "in.inbox": "In the inbox",
  next: "Next conversation",
  previous: "Previous conversation",
  open: "Open the conversation",
  reply: "Write a reply",
  note: "Write a note",
  assign: "Assign",
  form: "Send a form",
  solve: "Solve or reopen",
  owner: "Take over from the assistant, or give back",
  copilot: "Open or close the copilot",
  undo: "Undo the status change",
  filter: "Filter the list",
  search: "Search messages, visitors and notes",
  palette: "Search and commands",
  help: "This help",
  back: "Back, or close",

  "in.list": "In the list of conversations",
  row: "Previous or next row",
  page: "One screen up or down",
  ends: "First or last row",
  mark: "Select, or unselect",
  "mark.more": "Select the next or previous one too",
  "mark.all": "Select all loaded conversations",

  "in.composer": "While writing",
  send: "Send",
  line: "New line",
  canned: "Find a canned response",
  category: "Category of canned responses",
  mention: "Mention a teammate, in a note",
  choose: "Choose in the list above the text",
  insert: "Insert what is chosen",
  bold: "Bold",
  italic: "Italic",
  leave: "Close the list, or leave the text",

  "in.others": "Elsewhere",
  message: "From one message's options to the next",
  save: "Save a note about the visitor",
  width: "Change the width, on the line between two panes",
} as const;

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;
