"""``dmrig init``: a project with a scenario, a rig, a test in Python and a CI file."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from hil.cli.help import examples
from hil.errors import ExitCode, UsageError

REQUIREMENTS = "requirements.txt"

FILES = {
    "first.yaml": "scenarios/first.yaml",
    "rig.yaml": "rig.yaml",
    "test_first.py": "tests/test_first.py",
    "pytest.ini": "pytest.ini",
    "requirements.txt": REQUIREMENTS,
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
    from hil.cli.origin import NAME, direct_url, requirement, url_of

    said = direct_url()
    needed = requirement(said)
    steps = [] if directory == Path(".") else [f"cd {shlex.quote(str(directory))}"]
    files = {**FILES, **dict([CI[ci]] if ci in CI else [])}
    try:
        for template, name in files.items():
            text = (data.fixtures("project") / template).read_text(encoding="utf-8")
            if name == REQUIREMENTS:
                text = text.replace(f"\n{NAME}\n", f"\n{needed or NAME}\n")
            written = _write(directory / name, text)
            if written and name == REQUIREMENTS and needed is None:
                steps.append(f"# say in {name} where dmrig comes from: this one is from {url_of(said)}")
            click.echo(f"{'wrote' if written else 'kept '}  {directory / name}")
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from error
    click.echo("\nnext:")
    for line in [*steps, "dmrig check scenarios --rig rig.yaml", "dmrig run scenarios --rig rig.yaml", "pytest"]:
        click.echo(f"  {line}")
    return ExitCode.PASSED


def _write(path: Path, text: str) -> bool:
    """Whether it was not there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
