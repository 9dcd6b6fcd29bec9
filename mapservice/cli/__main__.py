"""`python -m mapservice.cli`: the same command, by the Python that runs already."""

from mapservice.cli import main

main()
