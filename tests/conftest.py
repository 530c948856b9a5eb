"""Laws are not timed: machines are shared, and speed lives in benchmarks/."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
