/** Texts of the parts "home" and "article", in both languages. */

const en = {
  home: "Help articles",
  search: "Search articles",
  loading: "Loading…",
  failed: "The articles could not be loaded.",
  offline: "You’re offline.",
  retry: "Try again",
  found: (count: number) => (count === 1 ? "1 article" : `${count} articles`),
  other: "Other",
  none: "No article was found. Write to us instead.",
  write: "Send us a message",
  talk: "Back to the conversation",
  back: "Back to all articles",
  gone: "This article is no longer available.",
  helpful: "Was this helpful?",
  yes: "Yes",
  no: "No",
  thanks: "Thank you for your answer.",
  unsent: "Your answer could not be sent. Please try again.",
  ask: "Ask about this",
  about: (title: string) => `About: ${title}`,
  remove: "Remove",
  updated: (day: string) => `Updated ${day}`,
};

const vi: typeof en = {
  home: "Bài viết trợ giúp",
  search: "Tìm bài viết",
  loading: "Đang tải…",
  failed: "Không tải được bài viết.",
  offline: "Bạn đang ngoại tuyến.",
  retry: "Thử lại",
  found: (count) => `${count} bài viết`,
  other: "Khác",
  none: "Không tìm thấy bài viết. Hãy nhắn cho chúng tôi.",
  write: "Nhắn tin cho chúng tôi",
  talk: "Về cuộc trò chuyện",
  back: "Về danh sách bài viết",
  gone: "Bài viết này không còn nữa.",
  helpful: "Bài viết có hữu ích không?",
  yes: "Có",
  no: "Không",
  thanks: "Cảm ơn bạn đã trả lời.",
  unsent: "Chưa gửi được câu trả lời. Vui lòng thử lại.",
  ask: "Hỏi về bài này",
  about: (title) => `Về: ${title}`,
  remove: "Bỏ",
  updated: (day) => `Cập nhật ${day}`,
};

export type HomeTexts = typeof en;

export function homeTexts(language: string): HomeTexts {
  return language.startsWith("vi") ? vi : en;
}
