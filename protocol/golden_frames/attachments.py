"""Golden frames of files, for protocol.golden."""

import uuid
from typing import Final

from protocol import from_client as c
from protocol import from_server as s
from protocol.golden_frames.ids import AT, CONVERSATION, MESSAGE, REF, SOCKET, USER, VISITOR_PERSON

FILE, OTHER = str(uuid.UUID(bytes=MESSAGE)), str(uuid.UUID(bytes=USER))

CLIENT: Final[dict[str, c.ClientFrame]] = {
    "attach a file": c.Attach(9, REF, CONVERSATION, [FILE]),
    "attach two files with a caption, as the first message": c.Attach(
        10, REF, None, [FILE, OTHER], "Ảnh và hoá đơn", {"plan": "pro"}, SOCKET
    ),
}

SERVER: Final[dict[str, s.ServerFrame]] = {
    "a picture and a document": s.Message(
        CONVERSATION,
        13,
        MESSAGE,
        REF,
        VISITOR_PERSON,
        AT,
        "attachment",
        "Ảnh và hoá đơn",
        {},
        {
            "type": "attachment",
            "files": [
                {
                    "id": FILE,
                    "name": "IMG 1.jpg",
                    "media_type": "image/jpeg",
                    "size": 482_133,
                    "width": 1200,
                    "height": 800,
                    "thumbnail": True,
                },
                {"id": OTHER, "name": "hoá đơn.pdf", "media_type": "application/pdf", "size": 7},
            ],
            "captioned": True,
        },
    ),
    "error of a file that is gone": s.Error(9, 110, "attachment_refused", temporary=False, ref=REF),
}
