"""Messages like those of a shop's chat, in three languages, and the queries that agents type."""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

ENGLISH: Final = """
    the to i my is you and it for order can a of have in not when with please this was your on be me do we
    are hello delivery thanks refund that if how what from but get will account payment no yes card still
    received email help number any parcel would address there been today back size they has at money time
    another change invoice return problem working website password wrong shipping price discount code
    cancel week yesterday tomorrow store available colour check send sent waiting arrived broken
""".split()  # noqa: SIM905  a paragraph
VIETNAMESE: Final = """
    tôi đơn hàng cho của là có không được bạn khi nào ạ shop mình giao ơi cảm chưa hoàn tiền nhận mã
    rồi với này đổi trả em anh chị giúp hỏi về thanh toán số điện thoại địa chỉ đà nẵng hà nội sài gòn bao
    lâu nữa sản phẩm bị lỗi size màu còn giá khuyến mãi tài khoản mật khẩu hủy đặt lại kiểm tra gửi
""".split()  # noqa: SIM905  a paragraph
CHINESE: Final = """
    你好 请问 我的 订单 什么时候 到货 谢谢 退款 可以 换 尺码 地址 付款 失败 账户 密码 忘记 了 的 吗
    商品 颜色 有货 发票 快递 客服 优惠券 不能 使用 问题 帮忙 查一下
""".split()  # noqa: SIM905  a paragraph
EMOJI: Final = ("👍", "😀", "🎉", "❤️", "🙏")
COMMON: Final = (
    "order",
    "the",
    "hello",
    "refund",
    "please",
    "đơn hàng",
    "don hang",
    "da nang",
    "你好",
    "退款",
)
NAMES: Final = 60_000  # words that few messages have: names, products, places


def names() -> list[str]:
    """Made-up words, the frequent ones first; always the same."""
    dice = random.Random(7)
    return [
        "".join(dice.choice("bcdfghklmnprstvw") + dice.choice("aeiou") for _ in range(dice.randint(2, 4)))
        + dice.choice("nrstlx")
        for _ in range(NAMES)
    ]


def messages(count: int) -> Iterator[str]:
    """Texts whose words are as unequally frequent as in a language: half of them from a few dozen."""
    dice = random.Random(11)
    rare = names()
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(rare))))
    common = {
        words: list(accumulate(1 / (rank + 2) for rank in range(len(words))))
        for words in (tuple(ENGLISH), tuple(VIETNAMESE), tuple(CHINESE))
    }
    languages = list(common)
    for number in range(count):
        words = languages[dice.choices((0, 1, 2), (70, 22, 8))[0]]
        length = min(120, 1 + int(dice.expovariate(1 / 12)))
        said = dice.choices(words, cum_weights=common[words], k=length)
        for _ in range(length // 6 + (dice.random() < 0.5)):
            said[dice.randrange(length)] = dice.choices(rare, cum_weights=weights)[0]
        if dice.random() < 0.1:
            said.append(f"A-{dice.randrange(10**7):07}")
        if dice.random() < 0.03:
            said.append(f"{dice.choice(rare)}.{dice.choice(rare)}{number}@example.com")
        if dice.random() < 0.05:
            said.append(dice.choice(EMOJI))
        yield ("" if words is languages[2] else " ").join(said)


def queries(written: list[str]) -> dict[str, list[str]]:
    """By kind; `written`: some of the messages, in which the rare ones are found."""
    dice = random.Random(13)
    rare = names()
    several = [text for text in written if text.count(" ") > 8]
    parts = [text.split()[2:5] for text in dice.sample(several, 40)]
    return {
        "common words": list(COMMON),
        "common words together": ["order refund", "the please", "hello password", "hoàn tiền", "退款 订单"],
        "rare words": [dice.choice(rare[5_000:]) for _ in range(40)],
        "a common and a rare word": [f"order {dice.choice(rare[2_000:])}" for _ in range(40)],
        "absent words": ["zzyzx", "qqqq", "order zzyzx", "đà lạt", "奇怪", "🦄"],
        "parts of words": ["a", "o", "re", "refu", "deliv", "pass", "ngh", "ord ref", "hello o", "th zz"],
        "e-mail addresses": [word for text in written for word in text.split() if "@" in word][:40],
        "parts of e-mail addresses": ["example.com", "@example", "com"],
        "numbers": [word for text in written for word in text.split() if word.startswith("A-")][:40],
        "phrases": [f'"{" ".join(part)}"' for part in parts] + ['"the order"', '"is the to"'],
        "several words": [" ".join(part) for part in parts],
        "emoji": list(EMOJI),
    }
