"""Who gets which request: policies, and what each would have done."""

from routeaudit.route.entries import enter
from routeaudit.route.loading import load_policy, policy_names, read_policy
from routeaudit.route.policy import Policy
from routeaudit.route.walk import columns_read, paths, route

__all__ = [
    "Policy", "columns_read", "enter", "load_policy", "paths", "policy_names", "read_policy", "route",
]  # fmt: skip
