/** Texts of the part "stream", in both languages. */

const en = {
  thinking: (name: string) => `${name} is thinking…`,
  searching: (name: string) => `${name} is looking it up…`,
  writing: (name: string) => `${name} is writing…`,
  stop: "Stop",
  stopping: "Stopping…",
  answers: (name: string) => `${name} answers your messages.`,
  person: "A person will answer you here.",
  toPerson: "Talk to a person",
  toAssistant: "Talk to the assistant",
  sources: "Sources:",
};

const vi: typeof en = {
  thinking: (name) => `${name} đang suy nghĩ…`,
  searching: (name) => `${name} đang tra cứu…`,
  writing: (name) => `${name} đang viết…`,
  stop: "Dừng",
  stopping: "Đang dừng…",
  answers: (name) => `${name} đang trả lời bạn.`,
  person: "Nhân viên sẽ trả lời bạn tại đây.",
  toPerson: "Gặp nhân viên",
  toAssistant: "Hỏi trợ lý AI",
  sources: "Nguồn:",
};

export type StreamTexts = typeof en;

export function streamTexts(language: string): StreamTexts {
  return language.startsWith("vi") ? vi : en;
}
