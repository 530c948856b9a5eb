"""Write every page that is made from the code, and run the examples again."""

from routeaudit.report.schema import write_schema
from tools.docs.commands import pages
from tools.docs.readme import ROOT, readme
from tools.docs.tutorial import PAGE, tutorial

for path, text in pages().items():
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(text, encoding="utf-8")
write_schema(ROOT / "docs" / "result.schema.json")
(ROOT / "README.md").write_text(readme(), encoding="utf-8")
PAGE.write_text(tutorial(), encoding="utf-8")
