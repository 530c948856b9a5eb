"""Makes `sample_logs/`: synthetic LLM API traffic of an invented company, the same bytes each time.

`content/` holds the words, written by hand; `plan.py` says who calls what and how often;
`openai_pairs.py`, `litellm_rows.py` and `anthropic_pairs.py` write the three log formats.
"""
