"""`python -m routeaudit` is `routeaudit`."""

from routeaudit.cli import main

if __name__ == "__main__":
    main()
