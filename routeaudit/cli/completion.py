"""What a shell may complete: names that commands take."""


def figures() -> list[str]:
    """List the figures that can be explained."""
    from routeaudit.report.glossary import names

    return list(names())


def routers() -> list[str]:
    """List the routers that a policy can be exported to."""
    from routeaudit.report.export import TARGETS

    return list(TARGETS)


def policies() -> list[str]:
    """List the policies by name."""
    from routeaudit.plugins import names

    return ["all", *names("routeaudit.route.policies")]
