"""Makes ``python -m nora_core.cli`` the same as ``nora``."""

from nora_core.cli.main import main

main(prog_name="nora")
