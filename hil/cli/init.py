"""``dmrig init``: a project with a scenario, a rig, a test in Python and a CI file."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from hil.cli.help import examples
from hil.errors import ExitCode, UsageError

FILES = {
    "first.yaml": "scenarios/first.yaml",
    "rig.yaml": "rig.yaml",
    "test_first.py": "tests/test_first.py",
    "pytest.ini": "pytest.ini",
    "requirements.txt": "requirements.txt",
    "gitignore.txt": ".gitignore",
}
"""What every project gets, by the file's name in ``fixtures/project``."""

CI = {
    "github": ("github.yaml", ".github/workflows/dmrig.yml"),
    "gitlab": ("gitlab.yaml", ".gitlab-ci.yml"),
    "jenkins": ("Jenkinsfile", "Jenkinsfile"),
}


@click.command(epilog=examples("dmrig init", "dmrig init my-device --ci gitlab"))
@click.argument("directory", type=click.Path(path_type=Path), metavar="[DIR]", default=".")
@click.option("--ci", type=click.Choice([*CI, "none"]), default="github", show_default=True, help="Whose CI file.")
def command(directory: Path, ci: str) -> int:
    """Write a project into DIR [the working directory]: a scenario, a rig file, a test in Python, a CI file.

    Files that are there already are left as they are.
    """
    from hil import data

    files = {**FILES, **dict([CI[ci]] if ci in CI else [])}
    try:
        for template, name in files.items():
            written = _write(directory / name, (data.fixtures("project") / template).read_bytes())
            click.echo(f"{'wrote' if written else 'kept '}  {directory / name}")
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from error
    click.echo("\nnext:")
    steps = [] if directory == Path(".") else [f"cd {shlex.quote(str(directory))}"]
    for line in [*steps, "dmrig check scenarios --rig rig.yaml", "dmrig run scenarios --rig rig.yaml", "pytest"]:
        click.echo(f"  {line}")
    return ExitCode.PASSED


def _write(path: Path, content: bytes) -> bool:
    """Whether it was not there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True
