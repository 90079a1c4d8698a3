"""What a model calls the members of a team."""

from core.assistant.members import email_of, labels

TEAM = [("ben@example.com", "Ben Ode"), ("mai@example.com", "Mai Tran"), ("mai.t@example.com", "Mai Tran")]


def test_members_of_one_name_have_labels_of_their_own_and_no_label_has_an_address() -> None:
    assert labels(TEAM) == {
        "Ben Ode": "ben@example.com",
        "Mai Tran": "mai@example.com",
        "Mai Tran (2)": "mai.t@example.com",
    }


def test_a_member_is_found_by_label_and_by_address() -> None:
    assert email_of("Mai Tran (2)", TEAM) == "mai.t@example.com"
    assert email_of(" BEN@example.com ", TEAM) == "ben@example.com"
    assert email_of("Someone Else", TEAM) is None
    assert email_of("ben@example.com", [*TEAM, ("x@example.com", "ben@example.com")]) == "ben@example.com"
