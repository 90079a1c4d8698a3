/** Vietnamese texts of screenshots, loaded with them. */

import type { Texts } from "./en";

export const vi: Texts = {
  take: "Chụp màn hình",
  again: "Chụp lại",
  retry: "Thử lại",
  taking: "Đang chụp màn hình…",
  enlarge: "Phóng to ảnh chụp",
  close: "Đóng",
  title: "Ảnh chụp {page}",
  note: "Đây là những gì người lạ nhìn thấy: chưa đăng nhập, không có giỏ hàng hay nội dung khách đã nhập.",
  taken: "Chụp {time}",
  off: "Máy chủ này không chụp màn hình được.",
  "problem.no_page": "Chưa rõ khách đang xem trang nào trong các tên miền của bạn.",
  "problem.page_unreachable": "Không truy cập được trang này từ internet.",
  "problem.page_too_slow": "Trang tải quá lâu.",
  "problem.page_not_shown": "Không thể hiển thị trang này thành ảnh.",
  "problem.page_crashed": "Trang đã làm dừng trình duyệt mở nó.",
  "problem.screenshots_off": "Máy chủ này không chụp màn hình được.",
  "problem.screenshots_busy": "Đang chụp các ảnh khác. Hãy thử lại sau vài giây.",
  "problem.rate_limited": "Dự án của bạn đã dùng hết số lần chụp trong giờ này.",
  "problem.away": "Không kết nối được máy chủ. Hãy kiểm tra mạng và thử lại.",
  "problem.other": "Không thực hiện được. Hãy thử lại.",
};
