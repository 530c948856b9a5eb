import hashlib
from pathlib import Path

import msgspec

from routeaudit.provenance import digests, price_digest
from routeaudit.result import PriceUsed

PRICE = PriceUsed(
    llm_id="gpt-4o", provider="openai", input_usd_per_mtok=2.5, output_usd_per_mtok=10.0,
    cached_usd_per_mtok=1.25, status="exact", source="a list", calls=7,
)  # fmt: skip


def test_each_file_that_was_read_has_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n")
    # sha256sum of "{}\n"
    known = hashlib.sha256(b"{}\n").hexdigest()
    assert digests([str(path), str(tmp_path), "-", "s3://bucket/key"]) == {str(path): known}


def test_many_files_have_one_digest_that_changes_with_any_of_them(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.jsonl" for n in range(41)]
    for path in paths:
        path.write_bytes(b"{}\n")
    names = [str(path) for path in paths]
    before = digests(names)
    assert list(before) == ["41 files"]
    assert digests(names[::-1]) == before
    paths[7].write_bytes(b"[]\n")
    assert digests(names) != before


def test_the_digest_of_prices_is_of_prices_not_of_how_often_they_applied() -> None:
    other = msgspec.structs.replace(PRICE, llm_id="gpt-4.1")
    dearer = msgspec.structs.replace(PRICE, output_usd_per_mtok=11.0)
    busier = msgspec.structs.replace(PRICE, calls=8)
    assert price_digest([PRICE, other]) == price_digest([other, busier])
    assert price_digest([PRICE]) != price_digest([dearer])
