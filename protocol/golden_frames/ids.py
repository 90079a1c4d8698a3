"""The ids, the time and the people of the golden frames."""

from typing import Final

from protocol.values import Person

PROJECT, VISITOR, USER, CONVERSATION, MESSAGE, REF, SOCKET = (
    bytes.fromhex(f"0198f3a2b4c5{0x7000 + n:04x}80{n:02x}0000000000ff") for n in range(1, 8)
)
AT: Final = 1_760_000_000_123
VISITOR_PERSON: Final = Person("visitor", VISITOR, "")
AGENT_PERSON: Final = Person("agent", USER, "Nguyễn Thị Mai")
