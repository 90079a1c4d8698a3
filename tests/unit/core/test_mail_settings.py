"""The SMTP URL names the mail server, and an error in it is reported without its password."""

import pytest

from core.config.mail_server import MailServer, mail_server, sender
from core.config.settings import SettingsError, read

FROM = {"PARLEY_MAIL_FROM": "Parley <parley@chat.example>"}


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "", "", "if_offered")),
        ("smtp://mail.example:25?starttls=never", MailServer("mail.example", 25, "", "", "never")),
        ("smtp://mai:p%40ss%2F@mail.example", MailServer("mail.example", 587, "mai", "p@ss/", "required")),
        ("smtp://mai:x@mail.example?starttls=never", MailServer("mail.example", 587, "mai", "x", "never")),
        ("smtps://mai:x@mail.example", MailServer("mail.example", 465, "mai", "x", "from_the_start")),
        ("smtp://[::1]:2525?starttls=required", MailServer("::1", 2525, "", "", "required")),
    ],
)
def test_an_smtp_url_is_parsed_completely(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "http://mai:hunter2@mail.example",
        "mail.example",
        "smtp://",
        "smtp://mai:hunter2@mail.example:many",
        "smtp://mai:hunter2/x@mail.example",
        "smtp://mai:hunter2@mail.example?starttls=maybe",
        "smtp://mai:hunter2@mail.example?tls=yes",
        "smtps://mai:hunter2@mail.example?starttls=never",
    ],
)
def test_an_error_is_reported_without_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="PARLEY_SMTP_URL") as error:
        read({"PARLEY_SMTP_URL": url} | FROM)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("given", ["", "Parley", "Parley <>", "a@b\r\nBcc: c@d"])
def test_a_mail_server_needs_a_sender(given: str) -> None:
    with pytest.raises(SettingsError, match="PARLEY_MAIL_FROM"):
        read({"PARLEY_SMTP_URL": "smtp://mail.example", "PARLEY_MAIL_FROM": given})


def test_a_sender_is_an_address_with_or_without_a_name() -> None:
    assert str(sender("Parley <Parley@Chat.Example>")) == "Parley <parley@chat.example>"
    assert str(sender("parley@chat.example")) == "parley@chat.example"


def test_without_a_mail_server_mails_are_files() -> None:
    assert read({}).mail_mode == "directory"
    assert read({"PARLEY_SMTP_URL": "smtp://mail.example"} | FROM).mail_mode == "smtp"
