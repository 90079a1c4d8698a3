/** The keyboard shortcuts, in Vietnamese. */

import type { Texts } from "./en";

export const vi: Texts = {
  title: "Phím tắt",
  "in.inbox": "Trong hộp thư",
  next: "Hội thoại sau",
  previous: "Hội thoại trước",
  open: "Mở hội thoại",
  reply: "Viết trả lời",
  note: "Viết ghi chú",
  assign: "Giao",
  form: "Gửi biểu mẫu",
  solve: "Xong hoặc mở lại",
  owner: "Tiếp quản từ trợ lý AI, hoặc giao lại",
  copilot: "Mở hoặc đóng Copilot",
  undo: "Hoàn tác thay đổi trạng thái",
  filter: "Lọc danh sách",
  search: "Tìm tin nhắn, khách và ghi chú",
  palette: "Tìm kiếm và lệnh",
  help: "Trợ giúp này",
  back: "Quay lại hoặc đóng",

  "in.list": "Trong danh sách hội thoại",
  row: "Dòng trước hoặc sau",
  page: "Lên hoặc xuống một màn hình",
  ends: "Dòng đầu hoặc cuối",
  mark: "Chọn hoặc bỏ chọn",
  "mark.more": "Chọn thêm hội thoại kế tiếp hoặc trước đó",
  "mark.all": "Chọn tất cả hội thoại đã tải",

  "in.composer": "Khi đang viết",
  send: "Gửi",
  line: "Xuống dòng",
  canned: "Tìm câu trả lời mẫu",
  category: "Nhóm câu trả lời mẫu",
  mention: "Nhắc đến đồng đội, trong ghi chú",
  choose: "Chọn trong danh sách phía trên",
  insert: "Chèn mục đã chọn",
  bold: "In đậm",
  italic: "In nghiêng",
  leave: "Đóng danh sách hoặc rời khung soạn",

  "in.others": "Chỗ khác",
  message: "Sang tùy chọn của tin nhắn kế bên",
  save: "Lưu ghi chú về khách",
  width: "Đổi độ rộng, tại vạch giữa hai khung",
};
