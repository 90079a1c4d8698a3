/** Common emoji with their names: "sign|English|Vietnamese", the first name is shown, the others are found too. */

const GROUPS: readonly string[] = [
  // faces
  `😀|grinning face, happy|mặt cười toe, vui
😃|smiling face with open mouth, happy|cười tươi, vui
😄|smiling with eyes, laugh|cười híp mắt, vui
😁|beaming face|cười nhe răng
😆|squinting laugh, haha|cười lớn, haha
😅|smiling with sweat, phew|cười toát mồ hôi, phù
🤣|rolling on the floor laughing|cười lăn lộn
😂|tears of joy, laugh|cười ra nước mắt
🙂|slightly smiling face|cười mỉm
🙃|upside-down face|mặt lộn ngược
😉|winking face|nháy mắt
😊|smiling face with blush, thanks|cười ngượng, cảm ơn
😇|angel, halo, innocent|thiên thần, ngây thơ
🥰|smiling face with hearts, love|mặt cười trái tim, yêu
😍|heart eyes, love|mắt trái tim, yêu
🤩|star-struck, wow|mắt ngôi sao, tuyệt
😘|blowing a kiss|hôn gió
😋|yummy, delicious|ngon, thèm
😜|winking with tongue|lè lưỡi nháy mắt
🤪|zany face, crazy|tinh nghịch, điên
🤗|hug|ôm
🤭|hand over mouth, oops|che miệng, ối
🤫|quiet, shush|suỵt, im lặng
🤔|thinking face, hmm|suy nghĩ, hừm
🤨|raised eyebrow|nhướng mày
😐|neutral face|mặt bình thản
😶|face without mouth|không nói nên lời
😏|smirk|cười nhếch mép
😒|unamused|không vui
🙄|rolling eyes|đảo mắt
😬|grimace|nhăn mặt
😌|relieved|nhẹ nhõm
😔|sad, pensive|buồn, trầm tư
😴|sleeping|ngủ
😷|face mask, ill|đeo khẩu trang, ốm
🤒|thermometer, ill|sốt, ốm
🤯|exploding head, shocked|nổ tung đầu, sốc
🥳|party, celebrate|ăn mừng, tiệc
😎|sunglasses, cool|kính râm, ngầu
🤓|nerd, glasses|mọt sách, kính
😕|confused|bối rối
😟|worried|lo lắng
🙁|frowning|buồn
😮|surprised, open mouth|ngạc nhiên
😲|astonished|kinh ngạc
😳|flushed|đỏ mặt
🥺|pleading, please|năn nỉ, làm ơn
😢|crying, sad|khóc, buồn
😭|sobbing|khóc to
😱|scream, fear|hét, sợ
😞|disappointed|thất vọng
😓|cold sweat|mồ hôi lạnh
😩|weary, tired|mệt mỏi
😤|huffing, triumph|bực bội
😡|angry, mad|giận, tức
🤬|swearing|chửi thề
💩|poo|cục phân
🤖|robot, bot|rô-bốt
👋|waving hand, hello, bye|vẫy tay, xin chào, tạm biệt
✋|raised hand, stop|giơ tay, dừng
👌|ok hand, perfect|ổn, hoàn hảo
🤏|pinching, a little|một chút
✌️|victory, peace|chiến thắng, hòa bình
🤞|crossed fingers, luck|cầu may
🤟|love-you gesture|yêu bạn
👈|pointing left|chỉ trái
👉|pointing right|chỉ phải
👆|pointing up|chỉ lên
👇|pointing down|chỉ xuống
👍|thumbs up, yes, like, ok|thích, đồng ý, được
👎|thumbs down, no|không thích, không
✊|fist|nắm tay
👊|fist bump|đấm tay
👏|clapping hands, bravo|vỗ tay, hoan hô
🙌|raising hands, hooray|giơ hai tay, hoan hô
🤝|handshake, deal|bắt tay, thỏa thuận
🙏|folded hands, please, thanks|chắp tay, làm ơn, cảm ơn
💪|strong, muscle|mạnh mẽ, cơ bắp
👀|eyes, look|mắt, nhìn
🙋|raising hand, question|giơ tay hỏi
🤷|shrug, no idea|nhún vai, không biết
🤦|facepalm|bó tay
🧑‍💻|technologist, computer|kỹ thuật viên, máy tính
👨‍👩‍👧|family|gia đình`,
  // hearts and signs
  `❤️|red heart, love|trái tim đỏ, yêu
🧡|orange heart|trái tim cam
💛|yellow heart|trái tim vàng
💚|green heart|trái tim xanh lá
💙|blue heart|trái tim xanh dương
💜|purple heart|trái tim tím
🖤|black heart|trái tim đen
🤍|white heart|trái tim trắng
💔|broken heart|tan vỡ
💖|sparkling heart|trái tim lấp lánh
💯|hundred points, perfect|một trăm điểm, tuyệt đối
✅|check mark, done, yes|dấu tích, xong, đúng
☑️|check box|ô đã chọn
✔️|check|dấu kiểm
❌|cross mark, no, wrong|dấu chéo, sai, không
❗|exclamation mark, important|chấm than, quan trọng
❓|question mark|dấu hỏi
⚠️|warning|cảnh báo
⛔|no entry|cấm vào
🚫|prohibited|cấm
💬|speech bubble, chat|bong bóng thoại, trò chuyện
💡|idea, light bulb|ý tưởng, bóng đèn
🔥|fire, hot|lửa, nóng
✨|sparkles, new|lấp lánh, mới
⭐|star|ngôi sao
🌟|glowing star|sao sáng
🎉|party popper, congratulations|chúc mừng, pháo giấy
🎊|confetti|kim tuyến
🎁|gift, present|quà
🏆|trophy, winner|cúp, chiến thắng
🥇|gold medal, first|huy chương vàng, nhất
🎯|target, goal|mục tiêu
➡️|right arrow|mũi tên phải
⬅️|left arrow|mũi tên trái
⬆️|up arrow|mũi tên lên
⬇️|down arrow|mũi tên xuống
🔄|refresh, reload|làm mới, tải lại
🆕|new|mới
🆓|free|miễn phí
🔴|red circle|tròn đỏ
🟢|green circle|tròn xanh
💤|zzz, sleep|ngủ`,
  // things of a shop's day
  `📦|package, parcel, order|gói hàng, kiện hàng, đơn hàng
🚚|delivery truck, shipping|xe giao hàng, vận chuyển
🛒|shopping cart|giỏ hàng
🛍️|shopping bags|túi mua sắm
💳|credit card, pay|thẻ tín dụng, thanh toán
💰|money bag|túi tiền
💵|money, dollar|tiền, đô la
🧾|receipt, invoice|biên lai, hóa đơn
🏷️|label, price|nhãn, giá
📧|e-mail|thư điện tử
📩|envelope, message|phong bì, tin nhắn
📞|telephone, call|điện thoại, gọi
📱|mobile phone|điện thoại di động
💻|laptop, computer|máy tính xách tay
🖥️|desktop computer|máy tính bàn
🖨️|printer|máy in
📷|camera, photo|máy ảnh, ảnh
🎥|video camera|máy quay phim
🔋|battery|pin
🔌|plug, power|phích cắm, điện
🔑|key|chìa khóa
🔒|lock, secure|khóa, bảo mật
🔓|unlocked|mở khóa
🔍|search, magnifying glass|tìm kiếm, kính lúp
🔗|link|liên kết
📎|paper clip, attachment|kẹp giấy, đính kèm
📌|pin|ghim
📍|location, place|vị trí, địa điểm
📅|calendar, date|lịch, ngày
⏰|alarm clock|đồng hồ báo thức
⏳|hourglass, waiting|đồng hồ cát, chờ
🕐|clock, time|giờ, thời gian
📝|note, write|ghi chú, viết
📄|document, page|tài liệu, trang
📊|bar chart, statistics|biểu đồ, thống kê
📈|growth, increase|tăng trưởng, tăng
📉|decrease|giảm
🗑️|bin, delete|thùng rác, xóa
🛠️|tools, repair|dụng cụ, sửa chữa
⚙️|gear, settings|bánh răng, cài đặt
🐛|bug|lỗi, con bọ
🚀|rocket, launch|tên lửa, ra mắt
🔔|bell, notification|chuông, thông báo
🔕|muted bell|tắt thông báo
🎧|headphones, support|tai nghe, hỗ trợ
📚|books|sách
✏️|pencil|bút chì
👕|t-shirt|áo thun
👗|dress|váy
👟|shoe|giày
🏠|house, home|nhà
🏢|office|văn phòng
🏪|shop, store|cửa hàng
🏥|hospital|bệnh viện`,
  // nature, food, travel
  `☀️|sun, sunny|mặt trời, nắng
🌧️|rain|mưa
⛈️|storm|bão
❄️|snow, cold|tuyết, lạnh
🌈|rainbow|cầu vồng
🌸|cherry blossom, flower|hoa anh đào, hoa
🌹|rose|hoa hồng
🌻|sunflower|hoa hướng dương
🌱|seedling, plant|mầm cây, cây
🌳|tree|cây
🍀|four-leaf clover, luck|cỏ bốn lá, may mắn
🐶|dog|chó
🐱|cat|mèo
🐰|rabbit|thỏ
🐼|panda|gấu trúc
🐷|pig|lợn, heo
🐔|chicken|gà
🐟|fish|cá
🦋|butterfly|bướm
🍎|apple|táo
🍌|banana|chuối
🍉|watermelon|dưa hấu
🥭|mango|xoài
🍕|pizza|pizza
🍔|hamburger|bánh kẹp
🍜|noodles, pho|mì, phở
🍚|rice|cơm
🥖|bread, baguette|bánh mì
🍰|cake|bánh ngọt
🎂|birthday cake|bánh sinh nhật
☕|coffee|cà phê
🍵|tea|trà
🧋|bubble tea|trà sữa
🍺|beer|bia
🥂|cheers, champagne|cụng ly, sâm banh
⚽|football|bóng đá
🎮|game|trò chơi
🎵|music|âm nhạc
🚗|car|ô tô
🛵|motor scooter|xe máy
🚲|bicycle|xe đạp
✈️|aeroplane, flight|máy bay, chuyến bay
🏖️|beach, holiday|bãi biển, nghỉ mát
🌍|globe, world|địa cầu, thế giới
🇻🇳|flag of Vietnam|cờ Việt Nam
🌙|moon, night|mặt trăng, đêm
🎄|Christmas tree|cây thông Giáng sinh
🧧|red envelope, Tết|lì xì, Tết`,
];

export interface Emoji {
  readonly sign: string;
  readonly names: { readonly en: string; readonly vi: string }; // each a list with commas
}

export const EMOJI: readonly Emoji[] = GROUPS.flatMap((group) =>
  group.split("\n").map((line) => {
    const [sign = "", en = "", vi = ""] = line.split("|");
    return { sign, names: { en, vi } };
  }),
);
