/** The assistant in the inbox, in Vietnamese. */

import type { Texts } from "./en";

export const vi: Texts = {
  owns: "Trợ lý AI đang trả lời hội thoại này",
  take: "Tiếp quản",
  give: "Giao lại cho trợ lý AI",
  thinking: "đang suy nghĩ…",
  searching: "đang tra cứu…",
  writing: "đang viết…",
  stop: "Dừng",
  stopping: "Đang dừng…",
  "stop.label": "Dừng trợ lý AI",
  live: "{name} (trợ lý AI) đang trả lời",
  asked_about: "Hỏi về bài viết",
  "handover.title": "Trợ lý AI đã chuyển hội thoại này",
  "handover.loading": "Đang tải lý do…",
  "handover.failed": "Không tải được lý do.",
  "handover.brief": "Tóm tắt cho đến nay",
  retry: "Thử lại",

  "by.taken_over": "{name} đã tiếp quản từ trợ lý AI",
  "by.released": "{name} đã giao lại cho trợ lý AI",
  "by.replied": "{name} trả lời thay trợ lý AI từ đây",
  "by.assigned": "Từ đây nhân viên trả lời thay trợ lý AI",
  "by.declined": "{name} muốn gặp nhân viên",
  "by.asked": "{name} muốn hỏi trợ lý AI",
  "by.handed_over": "Trợ lý AI đã chuyển hội thoại này",
  "by.disabled": "Trợ lý AI đã bị tắt",
  "by.began": "Trợ lý AI trả lời",
  "by.again": "Trợ lý AI sẽ trả lời tin nhắn tiếp theo",
  "to.person": "Từ đây nhân viên trả lời",
};
