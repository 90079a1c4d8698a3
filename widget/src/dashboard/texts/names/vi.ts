/** The words of which placeholder names of visitors are made, in Vietnamese. */

import type { Texts } from "./en";

export const vi: Texts = {
  order: "{second} {first}",
  first:
    "rạng rỡ, xanh da trời, màu đồng, điềm tĩnh, đỏ thẫm, lục bảo, vàng óng, chàm, dịu dàng, vui vẻ, hoa cà, nhanh nhẹn, " +
    "năng động, tốt bụng, tím, hân hoan, ánh bạc, xanh ngọc, hoàng ngọc, nắng mai",
  second:
    "Sơn dương, Gấu, Sóc chuột, Dế mèn, Bọ rùa, Lạc đà, Sếu, Hươu sao, Cá heo, Bồ câu, Chuồn chuồn, Đại bàng, Voi, " +
    "Chim ưng, Sẻ thông, Tuần lộc, Linh dương, Hươu cao cổ, Chuột túi, Nhím, Diệc, Bói cá, Gấu túi, Sơn ca, Báo đốm, " +
    "Sư tử, Linh miêu, Hồng hạc, Đom đóm, Họa mi, Rái cá, Bồ nông, Gấu trúc, Hải âu, Hải âu cổ rụt, Chim cánh cụt, " +
    "Cá ngựa, Ong mật, Sao biển, Chim sẻ, Sóc, Cá hồi, Kỳ lân biển, Thiên nga, Hổ, Rùa biển, Cá đuối, Ngựa vằn",
};
