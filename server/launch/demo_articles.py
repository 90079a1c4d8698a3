"""Ten articles of the demo project: five questions of a small shop, in English and in Vietnamese."""

from typing import Final

from core.db.knowledge.versions import Text

ARTICLES: Final = (
    Text(
        title="How long does a delivery take?",
        language="en",
        category="Shipping",
        content="""\
We hand every order to the carrier on the next working day, before noon.

## Within the country

The parcel arrives two to three working days later. Shipping costs 4.90, and nothing for orders above 50.

## Abroad

A parcel takes five to nine working days to neighbouring countries, and up to three weeks to other continents. Shipping abroad costs 14.90.

## Follow your parcel

As soon as the carrier has the parcel, you get an email with a tracking number. It works from the evening of that day on.
""",
    ),
    Text(
        title="How do I return something and get my money back?",
        language="en",
        category="Returns",
        content="""\
You can send back what you do not like **within 30 days**, unused and in its box.

1. Write to us in this chat and tell us your order number.
2. Print the label that we send you, and put it on the parcel.
3. Bring the parcel to any post office.

## When do I get the refund?

We check the parcel within three working days after it arrived, and pay the money back the way you paid. Banks need another two to five days.

## What does a return cost?

Nothing, if something was broken or wrong. Otherwise we keep 3.90 for the label.

## What cannot be returned

Gift cards, and goods that were made for you, such as engraved ones.
""",
    ),
    Text(
        title="How can I pay?",
        language="en",
        category="Orders",
        content="""\
Our payment methods are credit cards (Visa, Mastercard), PayPal and bank transfer.

- **Cards and PayPal** are charged when the parcel leaves our house, not before.
- **Bank transfer:** we send the parcel when the money has arrived, which takes one to two working days. After ten days without money we cancel the order.

You get the invoice as a PDF by email. To have a company's name and tax number on it, enter them at the checkout: we cannot add them later.
""",
    ),
    Text(
        title="How long is the warranty, and what does it cover?",
        language="en",
        category="Warranty",
        content="""\
Everything that we sell has a warranty of **two years** from the day it was delivered.

It covers faults of material and making. It does not cover wear (batteries after 300 charges, brake pads, soles) and damage by water or falls.

## Make a claim

Send us a picture of the fault and your order number in this chat. We repair or replace the article within ten working days, and pay for the shipping both ways.
""",
    ),
    Text(
        title="Can I change or cancel my order?",
        language="en",
        category="Orders",
        content="""\
Yes, until we hand it to the carrier: for orders before midnight that is noon of the next working day.

Open the link *Your order* in the email that confirmed it. There you can change the address, take out articles, and cancel the whole order. If you paid already, the money goes back on the same day.

If the parcel is on its way, refuse it at the door or send it back: see the article about returns.
""",
    ),
    Text(
        title="Giao hàng mất bao lâu?",
        language="vi",
        category="Giao hàng",
        content="""\
Mỗi đơn hàng được giao cho đơn vị vận chuyển vào ngày làm việc tiếp theo, trước 12 giờ trưa.

## Trong nước

Hàng đến sau hai đến ba ngày làm việc. Phí giao hàng là 30.000 đồng, miễn phí cho đơn từ 500.000 đồng.

## Quốc tế

Hàng đi các nước trong khu vực mất năm đến chín ngày làm việc, đi châu lục khác mất tối đa ba tuần.

## Theo dõi đơn hàng

Khi đơn vị vận chuyển nhận hàng, bạn nhận được email có mã vận đơn. Mã có hiệu lực từ tối hôm đó.
""",
    ),
    Text(
        title="Đổi trả hàng và hoàn tiền như thế nào?",
        language="vi",
        category="Đổi trả",
        content="""\
Bạn có thể trả hàng **trong vòng 30 ngày**, còn mới và còn nguyên hộp.

1. Nhắn cho chúng tôi mã đơn hàng trong khung chat này.
2. In nhãn gửi hàng mà chúng tôi gửi cho bạn và dán lên kiện hàng.
3. Mang kiện hàng đến bưu điện gần nhất.

## Khi nào tôi nhận lại tiền?

Chúng tôi kiểm tra hàng trong ba ngày làm việc kể từ khi nhận được, rồi hoàn tiền theo cách bạn đã thanh toán. Ngân hàng cần thêm hai đến năm ngày.

## Hàng không được đổi trả

Thẻ quà tặng và hàng làm theo yêu cầu, ví dụ hàng khắc tên.
""",
    ),
    Text(
        title="Tôi có thể thanh toán bằng cách nào?",
        language="vi",
        category="Đơn hàng",
        content="""\
Chúng tôi nhận thẻ tín dụng (Visa, Mastercard), ví MoMo, chuyển khoản ngân hàng và thanh toán khi nhận hàng.

- **Thẻ và ví MoMo** chỉ bị trừ tiền khi kiện hàng rời kho.
- **Chuyển khoản:** chúng tôi gửi hàng khi tiền đã đến, thường sau một ngày làm việc.
- **Thanh toán khi nhận hàng** áp dụng cho đơn dưới 5.000.000 đồng.

Hóa đơn được gửi qua email dưới dạng PDF. Nếu cần hóa đơn công ty, hãy nhập tên công ty và mã số thuế khi đặt hàng.
""",
    ),
    Text(
        title="Bảo hành bao lâu và gồm những gì?",
        language="vi",
        category="Bảo hành",
        content="""\
Mọi sản phẩm được bảo hành **hai năm** kể từ ngày giao hàng.

Bảo hành gồm lỗi vật liệu và lỗi sản xuất. Không bảo hành hao mòn (pin sau 300 lần sạc, má phanh, đế giày), hư hỏng do nước hoặc rơi vỡ.

## Yêu cầu bảo hành

Gửi ảnh chỗ lỗi và mã đơn hàng trong khung chat này. Chúng tôi sửa hoặc đổi sản phẩm trong mười ngày làm việc và trả phí gửi hàng cả hai chiều.
""",
    ),
    Text(
        title="Tôi có thể thay đổi hoặc hủy đơn hàng không?",
        language="vi",
        category="Đơn hàng",
        content="""\
Có, cho đến khi chúng tôi giao hàng cho đơn vị vận chuyển: với đơn đặt trước nửa đêm, đó là 12 giờ trưa của ngày làm việc tiếp theo.

Mở liên kết *Đơn hàng của bạn* trong email xác nhận. Tại đó bạn có thể đổi địa chỉ, bớt sản phẩm hoặc hủy cả đơn. Nếu bạn đã thanh toán, tiền được hoàn ngay trong ngày.

Nếu hàng đang trên đường, bạn có thể từ chối nhận hoặc gửi trả: xem bài viết về đổi trả.
""",
    ),
)
