"""Posts: what each network counts and refuses, what an edit changes, and that no customer is in them."""

import pytest

from core.copilot import social
from core.copilot.social import BadPosts, Post, PostEdit, PostWarning, Social


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("hello", 5),
        ("xin chào", 8),
        ("你好", 4),
        ("こんにちは", 10),
        ("👋", 2),
        ("👨‍👩‍👧", 2),
        ("👍🏽", 2),
        ("see https://shop.example/a/very/long/address?with=a&query=string", 4 + 23),
        ("https://a.io", 23),
        ("\u201cquoted\u201d \u2014 it\u2019s", 15),
        ("e\u0301", 1),
        ("", 0),
    ],
)
def test_x_weighs_wide_characters_and_addresses(text: str, weight: int) -> None:
    assert social.weight(text) == weight


@pytest.mark.parametrize("platform", social.PLATFORMS)
def test_a_post_may_be_exactly_as_long_as_its_network_allows(platform: social.Platform) -> None:
    limit = social.LIMITS[platform]
    assert social.faults({platform: Post(["a" * limit])}) == []
    assert social.faults({platform: Post(["a" * (limit + 1)])}) == [PostWarning(platform, "too_long", 0)]


def test_each_segment_of_a_thread_is_measured_and_only_x_has_threads() -> None:
    thread = Post(["a" * 280, "你" * 141, "b"])
    assert social.faults({"x": thread}) == [PostWarning("x", "too_long", 1)]
    assert social.faults({"facebook": Post(["a", "b"])}) == [PostWarning("facebook", "too_many_segments")]


def test_the_last_segment_is_measured_with_the_hashtags_that_are_pasted_after_it() -> None:
    tags = ["#sale", "#tea"]  # "\n\n#sale #tea": 12
    assert social.faults({"x": Post(["a" * 280, "a" * 268], tags)}) == []
    assert social.faults({"x": Post(["a" * 280, "a" * 269], tags)}) == [PostWarning("x", "too_long", 1)]
    assert social.faults({"instagram": Post(["a" * 2_200], tags)}) == [
        PostWarning("instagram", "too_long", 0)
    ]


def test_hashtags_are_counted_and_have_their_form() -> None:
    assert social.faults({"x": Post(["a"], ["#khuyếnmãi", "#sale2026"])}) == []
    for bad in ("sale", "#", "#two words", "#1234"):
        assert social.faults({"x": Post(["a"], [bad])}) == [PostWarning("x", "bad_hashtag")], bad
    many = ["#a"] * 6
    assert social.faults({"x": Post(["a"], many)}) == [PostWarning("x", "too_many_hashtags")]


def test_an_edit_loses_no_field_that_it_does_not_name() -> None:
    before: social.Posts = {
        "x": Post(["one"], ["#a"], "a door"),
        "linkedin": Post(["two"], ["#b"], "a roof"),
    }
    assert social.edited(before, {"x": PostEdit(segments=["three"])}) == {
        "x": Post(["three"], ["#a"], "a door"),
        "linkedin": before["linkedin"],
    }
    assert social.edited(before, {"x": PostEdit(hashtags=[])})["x"] == Post(["one"], [], "a door")
    assert social.edited(before, {"x": None}) == {"linkedin": before["linkedin"]}
    assert social.edited(before, {"facebook": PostEdit(visual="a wall")}) == before
    added = social.edited(before, {"facebook": PostEdit(segments=["new"], visual="a wall")})
    assert added["facebook"] == Post(["new"], [], "a wall")
    assert before["x"] == Post(["one"], ["#a"], "a door")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"posts": {}},
        {"posts": {"myspace": {"segments": ["a"]}}},
        {"posts": {"x": {"segments": []}}},
        {"posts": {"x": {"segments": ["  "]}}},
        {"posts": {"x": {"segments": ["a\x00b"]}}},
        {"posts": {"x": {"segments": ["a"], "likes": 7}}},
        {"posts": {"x": None}},
        {"posts": "a tweet"},
    ],
)
def test_what_is_no_post_is_refused_with_words(arguments: dict[str, object]) -> None:
    with pytest.raises(BadPosts) as refused:
        social.read_posts(arguments)
    assert str(refused.value)


def test_public_posts_have_no_customer_in_them() -> None:
    said = ["I waited three whole weeks for my blue bicycle and nobody called me back"]
    posts: social.Posts = {
        "x": Post(
            [
                "Mai Trần (mai@shop.example, +84 912 345 678) told us:",
                "WAITED three whole weeks, for my blue bicycle and nobody called me back!!",
            ],
            ["#thanksMai", "#Mai"],
            "Mai on a bicycle",
        ),
        "facebook": Post(["We deliver faster now."]),
    }
    made, warnings = social.public(posts, names=["Mai Trần"], said=said)
    text = " ".join([*made["x"].segments, made["x"].visual, *made["x"].hashtags])
    for gone in ("Mai Trần", "mai@shop.example", "912", "blue bicycle", "#Mai "):
        assert gone not in text, gone
    assert made["facebook"] == posts["facebook"]
    assert warnings == [PostWarning("x", "quote_removed"), PostWarning("x", "masked")]
    assert not social.quoted(made, said=said)


def test_seven_words_in_a_row_are_no_quote_and_eight_are() -> None:
    said = ["one two three four five six seven eight nine"]
    assert not social.quoted({"x": Post(["they said one two three four five six seven and left"])}, said=said)
    assert social.quoted({"x": Post(["so: Two, three, four \u2013 five six seven EIGHT nine."])}, said=said)


def test_what_is_stored_comes_back() -> None:
    made = Social({"x": Post(["a"], ["#a"], "b")}, [PostWarning("x", "too_long", 0)])
    assert social.restored(social.stored(made)) == made


@pytest.mark.parametrize("field", ["segments", "hashtags"])
def test_a_model_cannot_edit_a_post_into_one_that_cannot_be_read(field: str) -> None:
    with pytest.raises(BadPosts):
        social.read_edits({"posts": {"x": {field: ["#more"] * 31}}})


def test_what_no_row_can_hold_is_too_large() -> None:
    posts: social.Posts = {"x": Post(["\U0001f600" * 5_000] * 6)}
    assert not social.too_large(Social(posts))
    assert social.too_large(Social({**posts, "linkedin": Post(["\x01" * 5_000])}))
