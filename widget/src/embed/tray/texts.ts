/** Texts of the part "attach", in both languages. */

const en = {
  files: "Files to send",
  queued: "waiting",
  uploading: (percent: number) => `${percent} %`,
  examining: "being checked…",
  cancel: (name: string) => `Remove ${name}`,
  retry: "Try again",
  uploaded: (name: string) => `${name}: uploaded`,
  failed: (name: string, reason: string) => `${name}: failed, ${reason}`,
  hint: "Remove the files that failed, or try again.",
  surplus: (count: number, most: number) =>
    `A message can have ${most} files. ${count === 1 ? "One was" : `${count} were`} left out.`,
  lost: (names: string) => `Not uploaded before the page was left: ${names}. Please attach again.`,
  reasons: {
    too_large: "is larger than 10 MB",
    empty: "is empty",
    unreachable: "no connection",
    type_not_allowed: "this type is not allowed",
    ambiguous: "the type is not clear",
    damaged: "is damaged",
    image_too_large: "has too many pixels",
    archive_bomb: "is too large when unpacked",
    macros: "contains macros",
    infected: "contains malware",
    not_scanned: "could not be checked",
    too_complex: "took too long to check",
    attachments_off: "files are switched off",
    storage_full: "there is no storage left",
    too_many_uploads: "too many files are waiting to be sent",
  } as Readonly<Record<string, string>>,
  other: "was not accepted",
};

const vi: typeof en = {
  files: "Tệp sẽ gửi",
  queued: "đang chờ",
  uploading: (percent) => `${percent} %`,
  examining: "đang kiểm tra…",
  cancel: (name) => `Bỏ ${name}`,
  retry: "Thử lại",
  uploaded: (name) => `${name}: đã tải lên`,
  failed: (name, reason) => `${name}: không tải lên được, ${reason}`,
  hint: "Hãy bỏ các tệp bị lỗi hoặc thử lại.",
  surplus: (count, most) => `Mỗi tin nhắn có tối đa ${most} tệp. ${count} tệp đã bị bỏ qua.`,
  lost: (names) => `Chưa kịp tải lên trước khi rời trang: ${names}. Vui lòng đính kèm lại.`,
  reasons: {
    too_large: "lớn hơn 10 MB",
    empty: "không có nội dung",
    unreachable: "không có kết nối",
    type_not_allowed: "loại tệp không được phép",
    ambiguous: "không rõ loại tệp",
    damaged: "bị hỏng",
    image_too_large: "có quá nhiều điểm ảnh",
    archive_bomb: "giải nén ra quá lớn",
    macros: "có chứa macro",
    infected: "có mã độc",
    not_scanned: "không kiểm tra được",
    too_complex: "kiểm tra quá lâu",
    attachments_off: "tính năng gửi tệp đang tắt",
    storage_full: "hết dung lượng lưu trữ",
    too_many_uploads: "quá nhiều tệp đang chờ",
  },
  other: "không được chấp nhận",
};

export type TrayTexts = typeof en;

export function trayTexts(language: string): TrayTexts {
  return language.startsWith("vi") ? vi : en;
}

/** Why a file was not taken. */
export const reasonText = (reason: string, { reasons, other }: TrayTexts): string => reasons[reason] ?? other;
