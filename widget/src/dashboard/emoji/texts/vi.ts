/** Tiếng Việt. */

import type { Texts } from "./en";

export const vi: Texts = {
  label: "Biểu tượng cảm xúc",
  search: "Tìm biểu tượng",
  none: "Không có biểu tượng nào với tên này. Hãy thử từ khác.",
  found: "{n} biểu tượng. Dùng phím mũi tên để chọn, Enter để chèn.",
  recent: "Dùng gần đây",
  all: "Tất cả",
};
