"""Write every page that is made from the code, and run the examples again."""

from routeaudit.report.schema import schema_document
from tools.docs.commands import pages
from tools.docs.readme import ROOT, readme
from tools.docs.tutorial import PAGE, tutorial

for path, text in pages().items():
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(text, encoding="utf-8")
(ROOT / "docs" / "result.schema.json").write_bytes(schema_document())
(ROOT / "README.md").write_text(readme(), encoding="utf-8")
PAGE.write_text(tutorial(), encoding="utf-8")
