/** Texts of the part "files", in both languages. */

const en = {
  gone: "File removed",
  drop: "Drop files to attach them",
};

const vi: typeof en = {
  gone: "Tệp đã bị gỡ",
  drop: "Thả tệp để đính kèm",
};

export type FileTexts = typeof en;

export function fileTexts(language: string): FileTexts {
  return language.startsWith("vi") ? vi : en;
}
