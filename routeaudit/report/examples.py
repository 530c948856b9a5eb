"""Example queries of each kind of work, for routers that compare a query with examples."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "classification": (
        "Classify this support ticket as billing, technical or account.",
        "Is the sentiment of this review positive, negative or neutral?",
        "Which of these categories does the message belong to?",
    ),
    "extraction": (
        "Extract the invoice number, date and total from this text.",
        "List all names and email addresses in the message as JSON.",
        "Pull the order id and the delivery address out of this email.",
    ),
    "summarization": (
        "Summarize this article in three bullet points.",
        "Give me a short summary of the meeting notes.",
        "Write a two-sentence abstract of the text below.",
    ),
    "structured_qa": (
        "According to the document below, what is the return period?",
        "Answer from the given context only: who signed the contract?",
        "Using the table above, which region had the highest sales?",
    ),
    "validation_formatting": (
        "Check whether this JSON is valid and fix the formatting.",
        "Convert these dates to ISO 8601.",
        "Reformat this list as a CSV with the columns name and phone.",
    ),
    "translation": (
        "Translate this paragraph into German.",
        "What is the French for the following sentence?",
        "Render this message in Spanish and keep the tone.",
    ),
    "moderation": (
        "Does this comment break the community guidelines?",
        "Is the following message abusive or safe?",
        "Flag any hate speech or personal data in this text.",
    ),
    "rewriting": (
        "Rewrite this email so that it sounds more polite.",
        "Make this paragraph shorter and easier to read.",
        "Correct the grammar and spelling of the following text.",
    ),
    "reasoning": (
        "Work out step by step how many workers are needed.",
        "Compare these two plans and argue which one is better.",
        "Solve this puzzle and explain each step.",
    ),
    "creative_writing": (
        "Write a short story about a lighthouse keeper.",
        "Invent ten slogans for a new coffee brand.",
        "Compose a poem about autumn.",
    ),
    "ambiguous": (
        "Can you help me with this?",
        "What do you think about it?",
        "Do the same as before, but better.",
    ),
    "world_knowledge": (
        "Who was the first person to reach the South Pole?",
        "How does photosynthesis work?",
        "What is the capital of Mongolia?",
    ),
    "code": (
        "Write a Python function that merges two sorted lists.",
        "Why does this query return duplicate rows?",
        "Refactor this class and add unit tests.",
    ),
    "long_document": (
        "Read the whole contract below and list every obligation.",
        "Compare these two annual reports chapter by chapter.",
        "Go through the attached book and find all contradictions.",
    ),
}
