"""Who gets which request: policies, and what each would have done."""

from routeaudit.route.entries import enter
from routeaudit.route.loading import load_policies, load_policy, policy_names, read_policy
from routeaudit.route.policy import Policy, Titled
from routeaudit.route.walk import columns_read, paths, route

__all__ = [
    "Policy", "Titled", "columns_read", "enter", "load_policies", "load_policy", "paths", "policy_names", "read_policy", "route",
]  # fmt: skip
