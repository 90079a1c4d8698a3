"""A small workflow to begin with, in each language: the draft of a project without one, and the demo's."""

from typing import Final

import msgspec

from core.assistant.graph import Action, Condition, Handoff, Model, Start, Workflow

PROMPT: Final = """\
You work for a small shop. Be friendly and short. The team is there from Monday to Friday, nine to five. \
If you do not know something, offer to get a person of the team."""
"""The project's prompt in the demo."""

FALLBACK: Final = "I am sorry, I cannot answer right now. A person of our team will look at your message."

SMALL: Final = Workflow(
    nodes=(
        Start(id="start", name="Start", x=-40, y=120, next="has_email"),
        Condition(
            id="has_email",
            name="Has an email address?",
            x=240,
            y=120,
            question="Has the visitor given an email address?",
            yes="note_email",
            no="wants_refund",
        ),
        Action(
            id="note_email",
            name="Note the address",
            x=520,
            y=0,
            tool="add_visitor_note",
            by_model=True,
            prompt="Write a note for the team: the visitor's email address, and in one sentence what the "
            "visitor wants.",
            next="thank",
        ),
        Model(
            id="thank",
            name="Thank the visitor",
            x=800,
            y=0,
            prompt="Thank the visitor for the email address, and say that the team has a note of it. Answer "
            "what else the visitor asked.",
        ),
        Condition(
            id="wants_refund",
            name="Wants a refund?",
            x=520,
            y=200,
            question="Does the visitor want a refund?",
            yes="ask_order",
            no="wants_person",
        ),
        Model(
            id="ask_order",
            name="Ask for the order",
            x=800,
            y=160,
            prompt="The visitor wants a refund. Say that you are sorry, and ask for the order number. "
            "Promise nothing.",
        ),
        Condition(
            id="wants_person",
            name="Asks for a person?",
            x=800,
            y=320,
            question="Does the visitor ask for a person?",
            yes="hand_over",
            no="answer",
        ),
        Handoff(
            id="hand_over",
            name="A person takes over",
            x=1080,
            y=280,
            reason="The visitor asks for a person.",  # without a text: it is said in the visitor's language
        ),
        Model(
            id="answer",
            name="Answer",
            x=1080,
            y=440,
            prompt="Answer the visitor's message.",
            tools=("handoff",),
        ),
    )
)

_VI: Final = {
    "start": {"name": "Bắt đầu"},
    "has_email": {"name": "Có địa chỉ email?", "question": "Khách đã cho địa chỉ email chưa?"},
    "note_email": {
        "name": "Ghi lại địa chỉ",
        "prompt": "Viết một ghi chú cho đội ngũ: địa chỉ email của khách, và khách muốn gì trong một câu.",
    },
    "thank": {
        "name": "Cảm ơn khách",
        "prompt": "Cảm ơn khách đã cho địa chỉ email, và nói rằng đội ngũ đã ghi lại. Trả lời những gì khách "
        "hỏi thêm.",
    },
    "wants_refund": {"name": "Muốn hoàn tiền?", "question": "Khách có muốn hoàn tiền không?"},
    "ask_order": {
        "name": "Hỏi mã đơn hàng",
        "prompt": "Khách muốn hoàn tiền. Nói rằng bạn rất tiếc, và hỏi mã đơn hàng. Không hứa hẹn gì.",
    },
    "wants_person": {"name": "Muốn gặp nhân viên?", "question": "Khách có muốn gặp nhân viên không?"},
    "hand_over": {"name": "Nhân viên tiếp nhận", "reason": "Khách muốn gặp nhân viên."},
    "answer": {"name": "Trả lời", "prompt": "Trả lời tin nhắn của khách."},
}
"""What is said in Vietnamese; everything else is the same."""

SMALL_VI: Final = Workflow(nodes=tuple(msgspec.structs.replace(node, **_VI[node.id]) for node in SMALL.nodes))


def small(language: str) -> Workflow:
    """For a manager who reads this language, a tag like `vi-VN`."""
    return SMALL_VI if language.partition("-")[0].lower() == "vi" else SMALL
