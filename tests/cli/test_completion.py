"""Shell completion, asked as a shell asks."""

import pytest

from tests.cli.command_line import arviz, environment


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script(shell):
    done = arviz("completion", shell)
    assert done.code == 0
    assert "_ARVIZ_COMPLETE" in done.out


def test_completing_commands_and_options():
    done = arviz(env=environment(_ARVIZ_COMPLETE="bash_complete", COMP_WORDS="arviz co", COMP_CWORD="1"))
    assert "convert" in done.out
    done = arviz(env=environment(_ARVIZ_COMPLETE="bash_complete", COMP_WORDS="arviz convert --fo", COMP_CWORD="2"))
    assert "--force" in done.out


def test_version_help_and_wrong_usage():
    assert arviz("--version").out.startswith("arviz ")
    assert "convert" in arviz("--help").out
    wrong = arviz("covert")
    assert wrong.code == 2
    assert "covert" in wrong.err
