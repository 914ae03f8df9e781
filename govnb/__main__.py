"""``python -m govnb``: the command line where no script ``govnb`` is on the path."""

from govnb.cli import start

if __name__ == "__main__":
    start()
