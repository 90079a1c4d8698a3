/** Texts of the part "form", in both languages: few visitors need them. */

import type { InputTexts } from "../../forms/inputs";

const en = {
  inputs: { choose: "Choose…", required: "required" } as InputTexts,
  send: "Send",
  sending: "Your answers are being sent…",
  failed: "Your answers have not been sent.",
  answered: "Thank you. Your answers have been sent.",
  expired: "This form has expired.",
  cancelled: "This form is no longer needed.",
  until: (time: string) => `Please answer by ${time}.`,
  full: "Too many messages are waiting. Please try again in a moment.",
  too_large: "Your answers are too long. Please shorten them.",
  wrong: {
    required: "Please fill in this field.",
    too_long: "This is too long. Please shorten it.",
    not_a_number: "Please enter a number, for example 12.5.",
    not_a_date: "Please choose a date.",
    not_an_option: "Please choose one of the options.",
  } as Readonly<Record<string, string>>,
  other: "Please check this field.",
};

const vi: typeof en = {
  inputs: { choose: "Chọn…", required: "bắt buộc" },
  send: "Gửi",
  sending: "Đang gửi câu trả lời…",
  failed: "Câu trả lời chưa được gửi.",
  answered: "Cảm ơn bạn. Câu trả lời đã được gửi.",
  expired: "Biểu mẫu này đã hết hạn.",
  cancelled: "Biểu mẫu này không còn cần thiết.",
  until: (time) => `Vui lòng trả lời trước ${time}.`,
  full: "Có quá nhiều tin nhắn đang chờ gửi. Vui lòng thử lại sau giây lát.",
  too_large: "Câu trả lời quá dài. Vui lòng rút ngắn.",
  wrong: {
    required: "Vui lòng điền mục này.",
    too_long: "Nội dung quá dài. Vui lòng rút ngắn.",
    not_a_number: "Vui lòng nhập một số, ví dụ 12,5.",
    not_a_date: "Vui lòng chọn ngày.",
    not_an_option: "Vui lòng chọn một trong các lựa chọn.",
  },
  other: "Vui lòng kiểm tra lại mục này.",
};

export type FormTexts = typeof en;

export function formTexts(language: string): FormTexts {
  return language.startsWith("vi") ? vi : en;
}
