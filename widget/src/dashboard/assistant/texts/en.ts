/** The assistant in the inbox, in English. */

export const en = {
  owns: "The assistant answers this conversation",
  take: "Take over",
  give: "Give back to the assistant",
  thinking: "thinking…",
  searching: "looking it up…",
  writing: "writing…",
  stop: "Stop",
  stopping: "Stopping…",
  "stop.label": "Stop the assistant",
  live: "{name} (assistant) is answering",
  asked_about: "Asked about",
  "handover.title": "The assistant handed this over",
  "handover.loading": "Loading why…",
  "handover.failed": "The reason could not be loaded.",
  "handover.brief": "What has happened so far",
  retry: "Try again",

  "by.taken_over": "{name} took over from the assistant",
  "by.released": "{name} gave this back to the assistant",
  "by.replied": "{name} replied, and took over from the assistant",
  "by.assigned": "People answer from here, not the assistant",
  "by.declined": "{name} asked for a person",
  "by.asked": "{name} asked for the assistant",
  "by.handed_over": "The assistant handed this over",
  "by.disabled": "The assistant was switched off",
  "by.began": "The assistant answers",
  "by.again": "The assistant answers the next message",
  "to.person": "A person answers from here",
} as const;

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;
