/** The texts of the emoji picker, in both languages. */

const en = {
  label: "Emoji",
  search: "Find an emoji",
  none: "No emoji has this name. Try another word.",
  found: "{n} emoji. Choose one with the arrow keys, insert it with Enter.",
  recent: "Used last",
  all: "All emoji",
};

export const TEXTS: Readonly<Record<"en" | "vi", typeof en>> = {
  en,
  vi: {
    label: "Biểu tượng cảm xúc",
    search: "Tìm biểu tượng",
    none: "Không có biểu tượng nào với tên này. Hãy thử từ khác.",
    found: "{n} biểu tượng. Dùng phím mũi tên để chọn, Enter để chèn.",
    recent: "Dùng gần đây",
    all: "Tất cả",
  },
};
