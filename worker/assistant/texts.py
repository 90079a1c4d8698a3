"""What the assistant says by itself, in the visitor's language, where the project has set no text."""

from typing import Final

LANGUAGES: Final = ("en", "vi")

FALLBACK: Final = {
    "en": "I am sorry, I cannot answer that right now. You can ask for a person of the team here.",
    "vi": "Xin lỗi, hiện tôi chưa trả lời được câu này. Bạn có thể yêu cầu gặp nhân viên ngay tại đây.",
}
HANDED_OVER: Final = {
    "en": "I am handing you over to a person of the team, who will answer here.",
    "vi": "Tôi chuyển bạn sang một nhân viên, người sẽ trả lời bạn tại đây.",
}

NOT_COVERED: Final = {
    "en": "I am sorry, our articles do not cover this. Could you ask in other words?",
    "vi": "Xin lỗi, các bài viết của chúng tôi chưa có thông tin này. Bạn thử hỏi theo cách khác nhé?",
}
NOT_COVERED_AGAIN: Final = {
    "en": "I am sorry, our articles do not cover this either. Would you like to talk to a person?",
    "vi": "Xin lỗi, các bài viết của chúng tôi cũng chưa có thông tin này. Bạn có muốn gặp nhân viên không?",
}


def said(texts: dict[str, str], language: str) -> str:
    """In the language of a tag such as `vi-VN`; English for others."""
    known = language.partition("-")[0].lower()
    return texts[known if known in LANGUAGES else "en"]


def not_covered(language: str, *, again: bool) -> str:
    """`again`: the answer before was the same, so that a person is offered."""
    return said(NOT_COVERED_AGAIN if again else NOT_COVERED, language)
