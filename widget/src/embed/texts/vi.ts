/** All texts for visitors, in Vietnamese. */

import type { LauncherTexts, WindowTexts } from "./en";

const closeChat = "Đóng trò chuyện";

export const launcherTexts: LauncherTexts = {
  openChat: "Mở trò chuyện",
  closeChat,
  unread: (count) => `${count} tin nhắn mới`,
  partFailed: "Chưa mở được trò chuyện. Hãy thử lại.",
};

export const windowTexts: WindowTexts = {
  closeChat,
  chat: "Trò chuyện",
  online: "Chúng tôi đang trực tuyến",
  away: "Chúng tôi sẽ trả lời sớm nhất có thể",
  withYou: (name) => `${name} đang hỗ trợ bạn`,
  emptyTitle: "Chúng tôi có thể giúp gì?",
  emptyOnline: "Hãy hỏi bất cứ điều gì.",
  emptyAway: "Hãy để lại tin nhắn, câu trả lời sẽ ở đây.",
  placeholder: "Nhập tin nhắn…",
  message: "Tin nhắn",
  attach: "Đính kèm tệp",
  send: "Gửi",
  today: "Hôm nay",
  yesterday: "Hôm qua",
  you: "Bạn",
  agent: "Hỗ trợ viên",
  assistant: "Trợ lý AI",
  ai: "AI",
  removed: "Tin nhắn đã gỡ",
  edited: "đã chỉnh sửa",
  stopped: "đã dừng",
  newer: "Hãy tải lại trang để xem tin nhắn này.",
  sending: "Đang gửi…",
  sent: "Đã gửi",
  read: "Đã xem",
  failed: "Chưa gửi được",
  blocked: "Chưa gửi được: bạn bị chặn",
  retry: "Thử lại",
  discard: "Bỏ",
  typing: (name) => `${name} đang nhập`,
  newMessages: "Tin nhắn mới",
  toEnd: "Đến tin nhắn mới nhất",
  olderFailed: "Chưa tải được tin nhắn cũ.",
  loadingOlder: "Đang tải tin nhắn cũ…",
  connecting: "Đang kết nối…",
  offline: "Bạn đang ngoại tuyến. Tin nhắn được giữ lại và gửi sau.",
  lost: "Mất kết nối. Tin nhắn được giữ lại và gửi sau.",
  unavailable: "Hiện không thể trò chuyện.",
  solved: "Hội thoại đã đóng. Nhắn tin để mở lại.",
  tooFast: "Bạn gửi quá nhanh, hãy chờ.",
  seconds: (count) => `${count} giây`,
  left: (count) => `Còn ${count} ký tự`,
  over: (count) => `Thừa ${count} ký tự`,
};
