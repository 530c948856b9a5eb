"""Who gets which request: policies, and what each would have done."""

from routeaudit.route.entries import enter
from routeaudit.route.loading import load_policy, policy_names, read_policy
from routeaudit.route.policy import Policy
from routeaudit.route.walk import paths, route

__all__ = ["Policy", "enter", "load_policy", "paths", "policy_names", "read_policy", "route"]
