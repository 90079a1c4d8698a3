"""Key rotation: `python -m server.rotate` encrypts everything under an old key again with the new one."""

import base64
import os
import subprocess
import sys
from uuid import UUID

from core.config import settings
from core.identity.encryption import MAIL, Sealer, identity_purpose, provider_purpose, totp_purpose
from core.notifications import keys as push_keys
from core.notifications import subscriptions as push_subscriptions
from core.webhooks.sealed import PURPOSE as WEBHOOK
from server import rotate
from server.aio import open_loop
from server.pool import open_database
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import ROOT, SECRET, Stack


def key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


ONE, TWO = key("one"), key("two")


def sealer(keys: str) -> Sealer:
    return Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET, "PARLEY_ENCRYPTION_KEYS": keys}))


def add_factor(stack: Stack, under: Sealer) -> bytes:
    user = os.urandom(16)
    stack.sql(
        "INSERT INTO users (id, email, full_name) VALUES ($1, $2, 'Mai')",
        UUID(bytes=user),
        f"{user.hex()}@shop.example",
    )
    sealed = under.seal(b"the secret of " + user, purpose=totp_purpose(user))
    stack.sql("INSERT INTO two_factor (user_id, sealed) VALUES ($1, $2)", UUID(bytes=user), sealed)
    return user


def add_mail(stack: Stack, under: Sealer) -> None:
    stack.sql(
        "INSERT INTO mails (id, recipient, template, language, sealed) "
        "VALUES ($1, 'a@b.example', 'x', 'en', $2)",
        UUID(bytes=os.urandom(16)),
        under.seal(b"a link", purpose=MAIL),
    )


def add_identity_secret(stack: Stack, under: Sealer) -> None:
    secret = os.urandom(16)
    stack.sql(
        "INSERT INTO identity_secrets (project_id, id, sealed, created_at) VALUES ($1, $2, $3, now())",
        UUID(bytes=add_project(stack)),
        UUID(bytes=secret),
        under.seal(b"a site's secret", purpose=identity_purpose(secret)),
    )


def add_webhook(stack: Stack, under: Sealer) -> None:
    stack.sql(
        "INSERT INTO webhooks (project_id, id, url, events, kinds, sealed) "
        "VALUES ($1, $2, 'https://shop.example/hook', '{message.created}', '{}', $3)",
        UUID(bytes=add_project(stack)),
        UUID(bytes=os.urandom(16)),
        under.seal(b"a receiver's secret", purpose=WEBHOOK),
    )


def add_provider(stack: Stack, under: Sealer) -> None:
    project = add_project(stack)
    stack.sql(
        "INSERT INTO assistant_providers (project_id, base_url, model, sealed) "
        "VALUES ($1, 'https://models.shop.example/v1', 'small-1', $2), ($3, 'https://b.example', 'm', NULL)",
        UUID(bytes=project),
        under.seal(b"a model's key", purpose=provider_purpose(project)),
        UUID(bytes=add_project(stack)),
    )


def add_push(stack: Stack, under: Sealer) -> None:
    user, session, key, subscription = (os.urandom(16) for _ in range(4))
    stack.sql(
        "WITH u AS (INSERT INTO users (id, email, full_name) VALUES ($1, $2, 'Mai') RETURNING id) "
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) SELECT $3, u.id, $4, now() FROM u",
        UUID(bytes=user),
        f"{user.hex()}@shop.example",
        UUID(bytes=session),
        os.urandom(32),
    )
    stack.sql(
        "INSERT INTO push_keys (id, public_key, sealed, created_at) VALUES ($1, $2, $3, now())",
        UUID(bytes=key),
        bytes(65),
        under.seal(b"a private key", purpose=push_keys.purpose(key)),
    )
    stack.sql(
        "INSERT INTO push_subscriptions (id, user_id, session_id, key_id, endpoint_hash, sealed, service, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, 'push.example', now())",
        UUID(bytes=subscription),
        UUID(bytes=user),
        UUID(bytes=session),
        UUID(bytes=key),
        os.urandom(32),
        under.seal(b"an address", purpose=push_subscriptions.purpose(subscription)),
    )


def run_command(stack: Stack, keys: str, *arguments: str, **given: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "server.rotate", *arguments],
        cwd=ROOT,
        env=stack.environment(encryption_keys=keys, **given),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def output(factors: int, others: int) -> str:
    columns = ("mails", "identity secrets", "webhooks", "assistants' keys", "push keys", "push subscriptions")
    lines = [f"second factors: {factors} resealed", *(f"{one}: {others} resealed" for one in columns)]
    return "".join(f"{line}\n" for line in lines)


def opened(stack: Stack, under: Sealer) -> list[bytes]:
    factors = stack.sql("SELECT user_id, sealed FROM two_factor")
    mails = stack.sql("SELECT sealed FROM mails")
    secrets = stack.sql("SELECT id, sealed FROM identity_secrets")
    webhooks = stack.sql("SELECT sealed FROM webhooks")
    keys = stack.sql("SELECT project_id, sealed FROM assistant_providers WHERE sealed IS NOT NULL")
    pairs = stack.sql("SELECT id, sealed FROM push_keys")
    browsers = stack.sql("SELECT id, sealed FROM push_subscriptions")
    return [
        *(under.open(sealed, purpose=totp_purpose(user.bytes)) for user, sealed in factors),
        *(under.open(sealed, purpose=MAIL) for (sealed,) in mails),
        *(under.open(sealed, purpose=identity_purpose(secret.bytes)) for secret, sealed in secrets),
        *(under.open(sealed, purpose=WEBHOOK) for (sealed,) in webhooks),
        *(under.open(sealed, purpose=provider_purpose(project.bytes)) for project, sealed in keys),
        *(under.open(sealed, purpose=push_keys.purpose(key.bytes)) for key, sealed in pairs),
        *(under.open(sealed, purpose=push_subscriptions.purpose(one.bytes)) for one, sealed in browsers),
    ]


def test_after_the_rotation_the_old_key_can_be_removed(fresh_stack: Stack) -> None:
    users = [add_factor(fresh_stack, sealer(ONE)) for _ in range(3)]
    add_factor(fresh_stack, sealer(f"{TWO},{ONE}"))
    add_mail(fresh_stack, sealer(ONE))
    add_identity_secret(fresh_stack, sealer(ONE))
    add_webhook(fresh_stack, sealer(ONE))
    add_provider(fresh_stack, sealer(ONE))
    add_push(fresh_stack, sealer(ONE))
    assert run_command(fresh_stack, f"{TWO},{ONE}") == (
        0,
        output(3, 1),
    )
    secrets = opened(fresh_stack, sealer(TWO))
    assert len(secrets) == 10
    assert {b"the secret of " + user for user in users} < set(secrets)
    assert run_command(fresh_stack, TWO) == (
        0,
        output(0, 0),
    )


def test_a_secret_that_cannot_be_opened_stays_and_is_reported(fresh_stack: Stack) -> None:
    add_factor(fresh_stack, sealer(ONE))
    code, output = run_command(fresh_stack, TWO)
    assert code == 1
    assert "1 could not be opened" in output
    assert opened(fresh_stack, sealer(ONE))


async def test_a_rotation_works_in_batches_and_skips_secrets_that_cannot_be_opened(
    fresh_stack: Stack,
) -> None:
    users = [add_factor(fresh_stack, sealer(ONE)) for _ in range(7)]
    lost = [add_factor(fresh_stack, sealer(key("gone"))) for _ in range(4)]
    both = sealer(f"{TWO},{ONE}")
    async with open_loop(), open_database(fresh_stack.database_url, size=1) as database:
        count = await rotate.rotate(database, both, rotate.COLUMNS[0], batch=2)
        again = await rotate.rotate(database, both, rotate.COLUMNS[0], batch=2)
    assert (count.resealed, count.lost) == (len(users), len(lost))
    assert (again.resealed, again.lost) == (0, len(lost))


async def test_a_secret_that_changed_meanwhile_is_left_alone(fresh_stack: Stack) -> None:
    user = add_factor(fresh_stack, sealer(ONE))
    (old,) = fresh_stack.sql("SELECT sealed FROM two_factor")[0]
    async with open_loop(), open_database(fresh_stack.database_url, size=1) as database:
        newer = sealer(ONE).seal(b"enrolled again", purpose=totp_purpose(user))
        fresh_stack.sql("UPDATE two_factor SET sealed = $1", newer)
        async with database.transaction() as conn:
            assert not await rotate.table.keep(conn, rotate.table.SECOND_FACTORS, user, old=old, sealed=b"x")
    assert opened(fresh_stack, sealer(ONE)) == [b"enrolled again"]


def test_missing_settings_and_a_missing_database_are_reported(fresh_stack: Stack) -> None:
    assert run_command(fresh_stack, "nonsense")[0] == 1
    nowhere = "postgresql://no_such_user@127.0.0.1:1/nothing"
    code, output = run_command(fresh_stack, TWO, database_url=nowhere)
    assert code == 1
    assert "the database is unavailable" in output
    assert "Traceback" not in output


def test_another_key_of_push_messages_signs_for_new_browsers_only(fresh_stack: Stack) -> None:
    add_push(fresh_stack, sealer(ONE))
    code, output = run_command(fresh_stack, ONE, "push-key")
    assert code == 0 and output.startswith("push key: B")
    kept = fresh_stack.sql("SELECT retired_at IS NULL FROM push_keys ORDER BY created_at")
    assert [row[0] for row in kept] == [False, True]
    assert run_command(fresh_stack, ONE, "push-keys")[0] == 2
