"""What a model calls the members of a team: by name. It could be talked into repeating an address."""

from collections.abc import Iterable, Mapping


def labels(people: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The address of each, by a label of its own. `people`: address and name, in a fixed order."""
    made: dict[str, str] = {}
    for email, name in people:
        label, number = name, 1
        while label in made:
            number += 1
            label = f"{name} ({number})"
        made[label] = email
    return made


def email_of(member: str, people: Iterable[tuple[str, str]]) -> str | None:
    """Of the member that a model has chosen by label, or an author by address."""
    known = list(people)
    wanted = member.strip()
    if any(email == wanted.lower() for email, _ in known):
        return wanted.lower()
    return labels(known).get(wanted)
