/** Vietnamese texts of the visitors' identity and of consent. */

import type { Texts } from "./en";

export const vi: Texts = {
  "project.identity": "Danh tính khách",
  "identity.rules": "Độ tin cậy và sự đồng ý",
  "identity.require": "Chỉ nhận thông tin đã xác minh",
  "identity.require.lead": "Tên, email và các thông tin khác mà trang web gửi không kèm chữ ký sẽ bị bỏ qua.",
  "identity.consent": "Chờ khách đồng ý",
  "identity.consent.lead": "Khung trò chuyện không lưu gì trong trình duyệt và không kết nối trước khi khách mở nó.",
  "identity.secrets": "Khóa bí mật",
  "identity.secrets.lead":
    "Máy chủ của bạn dùng khóa để ký xác nhận ai đang đăng nhập. Để thay khóa, hãy tạo khóa mới, dùng khóa đó trên máy chủ rồi xóa khóa cũ.",
  "identity.create": "Tạo khóa",
  "identity.none": "Chưa có khóa nào. Khi chưa có khóa, mọi khách đều ẩn danh.",
  "identity.made": "Khóa mới",
  "identity.once":
    "Hãy sao chép khóa ngay. Vì lý do bảo mật, khóa sẽ không hiện lại. Chỉ giữ khóa trên máy chủ, không đưa vào trang web.",
  "identity.kid": "kid của khóa",
  "identity.done": "Tôi đã sao chép",
  "identity.unused": "chưa dùng lần nào",
  "identity.used": "dùng lần cuối",
  "identity.by": "bởi {name}",
  "identity.secret": "Khóa {kid}",
  "identity.remove": "Xóa",
  "identity.remove.of": "Xóa khóa {kid}",
  "identity.remove.lead": "Token ký bằng khóa này bị từ chối ngay. Khách đang trò chuyện vẫn giữ kết nối.",
  "identity.removed": "Đã xóa khóa.",
  "identity.how": "Ký trên máy chủ của bạn",
  "identity.how.lead":
    "Đặt PARLEY_PROJECT, PARLEY_IDENTITY_KID và PARLEY_IDENTITY_SECRET trong biến môi trường của máy chủ, và cấp token mới mỗi khi trang được tải.",
  "identity.language": "Ngôn ngữ",
  "identity.copy": "Sao chép mã",
  "identity.page": "Trên trang web",
  "identity.page.lead": "Đặt token vào dòng tải khung trò chuyện. Gọi Parley.reset() khi người dùng đăng xuất.",
  "act.identity_secret.created": "tạo khóa danh tính",
  "act.identity_secret.removed": "xóa khóa danh tính",
  "did.identity_secret.created": "{who} đã tạo một khóa danh tính",
  "did.identity_secret.removed": "{who} đã xóa một khóa danh tính",
  "audit.changed.require_verified": "việc chỉ nhận thông tin đã xác minh",
  "audit.changed.ask_consent": "việc chờ khách đồng ý",
};
