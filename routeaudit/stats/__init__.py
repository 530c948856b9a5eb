"""Pure numpy statistics: no frames, no files, no clock; chance comes only from a seed.

Each module is one idea of the field. Import from the module: `from routeaudit.stats.binomial
import verdict`.
"""
