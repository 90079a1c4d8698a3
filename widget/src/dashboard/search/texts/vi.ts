/** The texts of the search, in Vietnamese. */

import type { en } from "./en";

export const vi: Readonly<Record<keyof typeof en, string>> = {
  title: "Tìm tin nhắn, khách và ghi chú",
  field: "Tìm tin nhắn, khách và ghi chú",
  hint: "Nhập từ, phần đầu của từ, tên hoặc địa chỉ email.",
  "hint.more": "Không phân biệt dấu và chữ hoa. Các từ trong ngoặc kép được tìm liền nhau.",
  messages: "Tin nhắn",
  visitors: "Khách",
  notes: "Ghi chú",
  busy: "Đang tìm…",
  none: "Không tìm thấy “{text}”",
  "none.lead": "Phải có đủ mọi từ. Hãy thử ít từ hơn, hoặc chỉ phần đầu của một từ.",
  found: "Đang hiện {n} kết quả",
  "found.one": "Đang hiện 1 kết quả",
  more: "Xem thêm",
  "more.messages": "Xem thêm tin nhắn",
  "more.visitors": "Xem thêm khách",
  "more.notes": "Xem thêm ghi chú",
  failed: "Không tìm được phần này.",
  retry: "Thử lại",
  close: "Đóng tìm kiếm",
  about: "về khách",
};
