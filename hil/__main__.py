"""``python -m hil`` is ``dmrig``."""

from hil.cli.main import main

main()
