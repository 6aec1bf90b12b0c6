"""A live object in a process of its own, without Qt."""

import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arviz.core.errors import BackendError
from arviz.viewer.remote import Remote, Reply

WAIT_S = 60


class Served:
    """What the child does for the tests."""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def pid(self):
        return os.getpid()

    def say(self, *, what):
        return what

    def nap(self, *, seconds):
        time.sleep(seconds)

    def die(self):
        os._exit(9)

    def stumble(self):
        raise ZeroDivisionError("one over nothing")

    def refuse(self):
        raise BackendError("E_NO_GL", "there is no OpenGL", hint="Install it.")


def without_gl():
    raise BackendError("E_NO_GL", "there is no OpenGL", hint="Install it.")


def dying():
    os._exit(3)


class Asker:
    """A remote with its replies."""

    def __init__(self, factory):
        self.replies: queue.Queue[Reply] = queue.Queue()
        self.remote = Remote(factory, self.replies.put)

    def ask(self, name, **arguments) -> Reply:
        ticket = self.remote.call(name, **arguments)
        reply = self.replies.get(timeout=WAIT_S)
        assert reply.ticket == ticket
        return reply


@pytest.fixture
def made():
    """Make askers, and end them."""
    askers = []

    def make(factory=Served):
        askers.append(Asker(factory))
        return askers[-1]

    yield make
    for asker in askers:
        asker.remote.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    end = time.monotonic() + WAIT_S
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_methods_run_in_another_process(made):
    asker = made()
    assert asker.ask("pid").value == asker.remote.pid != os.getpid()


def test_errors_come_back_as_they_are_and_bugs_as_one(made):
    asker = made()
    refused = asker.ask("refuse").error
    assert isinstance(refused, BackendError)
    assert (refused.code, refused.hint) == ("E_NO_GL", "Install it.")
    assert asker.ask("stumble").error.code == "E_BUG"
    assert asker.ask("say", what="still here").value == "still here"


def test_the_newest_wish_forgets_those_before_it_and_goes_first(made):
    asker = made()
    first = asker.remote.call("nap", seconds=0.3)
    patient = asker.remote.call("pid")
    asker.remote.call("say", newest=True, what="old")
    newest = asker.remote.call("say", newest=True, what="new")
    replies = [asker.replies.get(timeout=WAIT_S) for _ in range(3)]
    assert [reply.ticket for reply in replies] == [first, newest, patient]
    assert replies[1].value == "new"
    assert not asker.remote.busy
    with pytest.raises(queue.Empty):
        asker.replies.get(timeout=0.1)


def test_the_time_of_a_reply_is_without_what_it_waited_for(made):
    asker = made()
    asker.ask("pid")
    asker.remote.call("nap", seconds=1.0)
    asker.remote.call("say", what="")
    nap, say = asker.replies.get(timeout=WAIT_S), asker.replies.get(timeout=WAIT_S)
    assert nap.took_s >= 1.0 > say.took_s


def test_a_child_that_dies_answers_and_the_next_one_works(made):
    asker = made()
    before = asker.ask("pid").value
    asker.remote.call("die")
    asker.remote.call("say", what="after")
    died, after = asker.replies.get(timeout=WAIT_S), asker.replies.get(timeout=WAIT_S)
    if died.name != "die":  # two threads tell of two children
        died, after = after, died
    assert died.error.code == "E_CHILD_DIED"
    assert "9" in died.error.found
    assert after.value == "after"
    assert asker.ask("pid").value != before


def test_a_child_that_dies_while_nothing_is_asked_is_missed_when_something_is(made):
    asker = made()
    os.kill(asker.ask("pid").value, signal.SIGKILL)
    replies = [asker.ask("say", what="x") for _ in range(2)]
    assert replies[-1].value == "x"


def test_what_cannot_be_made_is_the_answer_to_everything(made):
    asker = made(without_gl)
    for _ in range(2):
        assert asker.ask("pid").error.code == "E_NO_GL"


def test_a_child_that_dies_at_its_start_is_not_started_again_and_again(made):
    asker = made(dying)
    assert asker.ask("pid").error.code == "E_CHILD_DIED"
    last = asker.remote.pid
    time.sleep(0.5)
    assert asker.remote.pid == last
    assert asker.ask("pid").error.code == "E_CHILD_DIED"


@pytest.mark.parametrize("seconds", [0, 600])
def test_closing_ends_the_child_whatever_it_does(made, seconds):
    asker = made()
    pid = asker.ask("pid").value
    asker.remote.call("nap", seconds=seconds)
    asker.remote.close()
    asker.remote.close()
    assert gone(pid)


def test_ctrl_c_does_not_end_the_child(made):
    asker = made()
    os.kill(asker.remote.pid, signal.SIGINT)  # it may not even run yet
    pid = asker.ask("pid").value
    os.kill(pid, signal.SIGINT)
    assert asker.ask("pid").value == pid


PARENT = """
import threading, time
from arviz.viewer.remote import Remote
from test_remote import Served
if __name__ == "__main__":
    answered = threading.Event()
    remote = Remote(Served, lambda reply: (print(reply.value, flush=True), answered.set()))
    remote.call("pid")
    answered.wait()
    time.sleep({seconds})
"""


@pytest.mark.parametrize("end", ["by itself", "killed"])
def test_the_child_ends_with_its_parent(tmp_path, end):
    """A parent that forgot to close it, and one that could not."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(seconds=600 if end == "killed" else 0))
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    pid = int(parent.stdout.readline())
    if end == "killed":
        parent.kill()
    _, errors = parent.communicate(timeout=WAIT_S)
    assert gone(pid)
    assert errors == ""
