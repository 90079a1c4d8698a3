"""`python -m server.launch`: starts and supervises all of Parley on this machine; used by `make run`."""

import http.client
import os
import sys
import time
from contextlib import closing
from pathlib import Path

from core import failpoints
from core.config.settings import Settings, SettingsError, read
from server.launch import ports, supervise
from server.launch.console import LaunchError, say, step
from server.launch.directory import Demo, Directory, read_demo
from server.launch.stack import Stack

READY_WITHIN = 60.0  # seconds
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  the address to poll instead

AS_ROOT = """\
  Warning: you are root. Server, worker and Valkey run as root (Postgres does not).
  Start Parley from an account without privileges: useradd --create-home parley; su - parley"""


def main() -> int:
    """The exit code: 0 after a stop signal, 1 when it could not start or go on."""
    supervise.stop_signals_interrupt()
    try:
        settings = read(os.environ)
        failpoints.arm(settings.failpoint)
        run(settings)
    except (LaunchError, SettingsError) as error:
        print(f"parley: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def run(settings: Settings) -> None:
    """Start everything, print the addresses, and keep it running until a stop signal."""
    began = time.monotonic()
    data = Directory(Path(settings.data))
    ports.require_free(settings.host, settings.port)
    say(f"Parley starts; its data is in {data.path}")
    if os.geteuid() == 0:
        say(AS_ROOT)
    known = read_demo(data.path)
    stack = Stack(settings, data)
    try:
        stack.start()
        with step("ready"):
            await_ready(stack, settings)
        welcome(settings, data, seconds=time.monotonic() - began, known=known)
        while True:
            stack.supervisor.tend()
    finally:
        say("Parley stops …")
        stack.stop()
        data.close()
        say("Parley has stopped")


def await_ready(stack: Stack, settings: Settings) -> None:
    """Wait for GET /readyz to answer 200; raises LaunchError after READY_WITHIN or in a crash loop."""
    deadline = time.monotonic() + READY_WITHIN
    while (answer := readiness(settings)) != "200":
        stack.supervisor.tend(longest=0.03)
        stack.supervisor.fail_if_crash_looping()
        if time.monotonic() > deadline:
            raise LaunchError(
                f"/readyz still returns {answer} after {READY_WITHIN:.0f} seconds; see the logs"
            )


def readiness(settings: Settings) -> str:
    """The status of /readyz, with its body when it is not 200; or the reason why there was no answer."""
    host = EVERYWHERE.get(settings.host, settings.host)
    with closing(http.client.HTTPConnection(host, settings.port, timeout=5)) as link:
        try:
            link.request("GET", "/readyz")
            answer = link.getresponse()
            said = answer.read(500).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return f"nothing ({error})"
    return "200" if answer.status == 200 else f"{answer.status} {said}"


def welcome(settings: Settings, data: Directory, *, seconds: float, known: Demo | None) -> None:
    """Print the addresses, and the demo password only when it is new."""
    demo = read_demo(data.path)
    assert demo is not None
    password = f"password {demo.password}" if demo != known else f"password in {data.path / 'demo.json'}"
    mails = "sent by PARLEY_SMTP_URL" if settings.mail_mode == "smtp" else f"{data.path / 'mail'} (not sent)"
    say(
        f"\nParley is ready after {seconds:.1f} s\n"
        f"  a customer's page   {settings.origin}/demo\n"
        f"  the dashboard       {settings.origin}/app\n"
        f"  sign in as          {demo.email}, {password}\n"
        f"  the assistant       {'asks PARLEY_AI' if settings.ai.strip() else 'scripted (no model)'}\n"
        f"  mails               {mails}\n"
        f"  logs                {data.log('launcher').parent}\n"
        "Ctrl-C stops it.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
