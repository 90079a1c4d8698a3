"""Texts of the help page, in both languages."""

from datetime import UTC, datetime
from typing import Final

import msgspec


class HelpTexts(msgspec.Struct, frozen=True, kw_only=True):
    """`title` and `results` have places for names and numbers; `day` is a form of strftime."""

    title: str
    search: str
    find: str
    all_articles: str
    other: str
    more: str
    results: str
    one_result: str
    none: str
    empty: str
    languages: str
    updated: str
    source: str
    helpful: str
    yes: str
    no: str
    thanks: str
    newer: str
    older: str
    missing_title: str
    missing: str
    day: str


EN: Final = HelpTexts(
    title="{name} help",
    search="Search articles",
    find="Search",
    all_articles="All articles",
    other="Other",
    more="All {count} articles",
    results="{count} articles about “{query}”",
    one_result="1 article about “{query}”",
    none="No article was found about “{query}”. Try other words.",
    empty="There are no articles yet.",
    languages="Languages",
    updated="Updated",
    source="Also at",
    helpful="Was this helpful?",
    yes="Yes",
    no="No",
    thanks="Thank you for your answer.",
    newer="Previous page",
    older="Next page",
    missing_title="This page was not found",
    missing="It may have been removed, or its address has changed.",
    day="%d %B %Y",
)
VI: Final = HelpTexts(
    title="Trợ giúp {name}",
    search="Tìm bài viết",
    find="Tìm",
    all_articles="Tất cả bài viết",
    other="Khác",
    more="Tất cả {count} bài viết",
    results="{count} bài viết về “{query}”",
    one_result="1 bài viết về “{query}”",
    none="Không tìm thấy bài viết về “{query}”. Hãy thử từ khác.",
    empty="Chưa có bài viết nào.",
    languages="Ngôn ngữ",
    updated="Cập nhật",
    source="Xem thêm tại",
    helpful="Bài viết có hữu ích không?",
    yes="Có",
    no="Không",
    thanks="Cảm ơn bạn đã trả lời.",
    newer="Trang trước",
    older="Trang sau",
    missing_title="Không tìm thấy trang này",
    missing="Trang có thể đã bị gỡ hoặc đổi địa chỉ.",
    day="%d/%m/%Y",
)
NAMES: Final = {
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "ru": "Русский",
    "th": "ไทย",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "中文",
}


def of(language: str) -> HelpTexts:
    """The texts for a page in that language."""
    return VI if language.startswith("vi") else EN


def name(language: str) -> str:
    """A language as its speakers call it, or its tag."""
    return NAMES.get(language, language)


def day(at: int, texts: HelpTexts) -> str:
    """The day of a time in ms."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime(texts.day)
