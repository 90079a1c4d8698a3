"""Golden frames of agents' copilot sessions, for golden.py."""

from typing import Final

from protocol import copilot_frames as f
from protocol import from_client as c
from protocol import from_server as s
from protocol.golden_frames.ids import AT, CONVERSATION, MESSAGE, REF, USER

SESSION: Final = CONVERSATION
TURN: Final = USER
DRAFT: Final = MESSAGE

CLIENT: Final[dict[str, c.ClientFrame]] = {
    "ask the copilot": c.CopilotAsk(9, REF, SESSION, "Trả lời giúp tôi"),
    "ask the copilot to translate": c.CopilotAsk(
        9, REF, SESSION, "Where is my order?", "translate", None, MESSAGE, "vi"
    ),
    "ask the copilot to change posts": c.CopilotAsk(9, REF, SESSION, "Shorter, please", "social_edit", DRAFT),
    "ask the copilot for another tone": c.CopilotAsk(
        9, REF, SESSION, "No.", "rewrite", None, None, "", "friendly"
    ),
    "stop the copilot": c.CopilotStop(10, SESSION, TURN),
    "what the copilot has said so far": c.CopilotGet(11, SESSION),
}

SERVER: Final[dict[str, s.ServerFrame]] = {
    "a question to the copilot is stored": f.CopilotAsked(SESSION, REF, MESSAGE, 1, AT),
    "a question to the copilot waits": f.CopilotAsked(SESSION, REF, MESSAGE, 3, AT, waiting=True),
    "the copilot begins": f.CopilotStart(SESSION, TURN, 1, "draft_reply"),
    "the copilot thinks": f.CopilotStatus(SESSION, TURN, "thinking"),
    "a token of the copilot": f.CopilotToken(SESSION, TURN, 0, 0, "Chào "),
    "the copilot has answered": f.CopilotEnd(SESSION, TURN, MESSAGE, 2),
    "the copilot has made posts": f.SocialGenerated(
        SESSION,
        TURN,
        MESSAGE,
        4,
        DRAFT,
        1,
        {
            "posts": {"x": {"segments": ["Hello 👋"], "hashtags": ["#chat"], "visual": "A green door"}},
            "warnings": [{"platform": "x", "code": "too_long"}],
        },
    ),
    "the copilot was stopped": f.CopilotStopped(SESSION, TURN, MESSAGE, 2),
    "the copilot was stopped before its first word": f.CopilotStopped(SESSION, TURN, None, 0),
    "the copilot has failed": f.CopilotFailed(SESSION, TURN, "provider_unavailable", retryable=True),
}
