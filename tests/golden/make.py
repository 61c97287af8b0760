"""``python -m tests.golden.make`` writes the golden file again; then read its diff."""

import os

import django


def main() -> None:
    """Needs Django only for the templates."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.golden import tape

    tape.FILE.write_text(tape.dump(), encoding="utf-8")


if __name__ == "__main__":
    main()
