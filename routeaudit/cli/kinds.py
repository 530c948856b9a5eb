"""Every section of the configuration and the settings behind it."""

from routeaudit.answer.monitor import MonitorSettings
from routeaudit.answer.settings import AnswerSettings, JudgeSettings
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.classify.settings import ClassifySettings
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.ingest.settings import IngestSettings


def all_kinds() -> dict[str, type]:
    """Give the settings of each section that flags and environment variables can set."""
    return {
        "ingest": IngestSettings,
        "prices": PriceSettings,
        "classify": ClassifySettings,
        "simulate": SimulationSettings,
        "answer": AnswerSettings,
        "judge": JudgeSettings,
        "monitor": MonitorSettings,
    }
