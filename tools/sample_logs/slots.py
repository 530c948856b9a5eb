"""The names, places, products and numbers that texts are filled with."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from tools.sample_logs.dice import Dice

LISTS: Mapping[str, str] = {
    "first": "Anna,Marek,Priya,Tom,Lena,Oluwaseun,Sofia,Henrik,Marta,Declan,Yusuf,Claire,Ines,"
    "Joris,Katrin,Rajesh,Fiona,Piotr,Beth,Giulia,Samir,Nadia,Erik,Hannah,Luis,Mei,Aoife,"
    "Bogdan,Tamsin,Viktor,Grace,Dmitri,Ayesha,Colin,Renate,Owen,Pilar,Jonas,Ruth,Kwame",
    "last": "Lindqvist,Kowalski,Sharma,Bennett,Hoffmann,Adeyemi,Rossi,Dahl,Nowak,Byrne,Demir,"
    "Moreau,Ferreira,de Vries,Wagner,Iyer,McAllister,Zielinski,Carver,Conti,Haddad,Petrova,"
    "Johansson,Clarke,Ortega,Chen,Gallagher,Ionescu,Whitlock,Novak,Okafor,Sokolov,Khan,"
    "Fletcher,Brandt,Pritchard,Navarro,Schreiber,Abbott,Mensah",
    "city": "Leeds,Rotterdam,Gdansk,Bergen,Lyon,Dortmund,Cork,Porto,Malmö,Bristol,Antwerp,Graz,"
    "Turin,Aarhus,Sheffield,Nantes,Poznan,Bilbao,Cardiff,Utrecht",
    "product": "Fjell 3-in-1 shell jacket,Kestrel S3 safety boots,TorqPro 18V combi drill,"
    "Brakka merino base layer,Halvor cargo trousers,LumenX headlamp 600,Skarv hi-vis vest,"
    "Ridgeback knee pads,Mjolk lined work gloves,CutMaster 235 circular saw,"
    "Tindra thermal overall,Stromm 20 V battery pack,Odda full-brim helmet,"
    "Varde tool backpack 28 L,Nimbus rain trousers,AnkerLine 12 m lanyard,"
    "Grenland welding jacket,Rask impact driver,Sola safety glasses,Bruk stainless flask 1 L",
    "company": "Aldergate Construction Ltd,Petersen & Sohn GmbH,Nordvik Marine AS,"
    "Castellan Facilities plc,Vandermeer Logistics BV,Ardent Roofing Co-op,Solvang Energi,"
    "Trelawney Estates,Kessler Maschinenbau,Fenwick Rail Services,Boreal Timber Oy,"
    "Quayside Scaffolding,Montclair Entretien SARL,Irongate Security,Lowry Civil Engineering,"
    "Delta Kabel BV,Harrow Plant Hire,Ostrava Steel Works",
    "supplier": "Brightwell Packaging Ltd,Kumaran Textiles Pvt Ltd,DPX Freight GmbH,"
    "Sanvik Tooling AB,Ofisa Papelera S.L.,CloudHarbor Ltd,Hartmann Werbetechnik,"
    "Meridian Cleaning Services,Tessuti Lombardi S.r.l.,Northgate Telecom,"
    "Polymark Labels Sp. z o.o.,Evergreen Energy Retail,Rowan & Pike Legal LLP,"
    "Zhejiang Sunrise Footwear Co.",
    "service": "checkout-api,pricing-svc,inventory-sync,order-router,search-indexer,auth-gateway,"
    "pdf-renderer,returns-portal,notification-worker,catalog-importer,payment-webhooks,"
    "stock-ledger",
    "garment": "Fjell 3-in-1 shell jacket,Brakka merino base layer,Halvor cargo trousers,"
    "Skarv hi-vis vest,Tindra thermal overall,Nimbus rain trousers,Grenland welding jacket,"
    "Varg softshell,Elva fleece",
    "carrier": "DHL,DPD,GLS,UPS,PostNord,Evri",
    "weekday": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday",
    "size": "S,M,L,XL,XXL",
    "colour": "black,navy,hi-vis orange,graphite,olive,sand",
}  # fmt: skip
CHOICES = {name: tuple(values.split(",")) for name, values in LISTS.items()}

Maker = Callable[[Mapping[str, str], Dice, datetime], str]


def _mailbox(bound: Mapping[str, str], dice: Dice, _: datetime) -> str:
    first = bound.get("first") or dice.one_of(CHOICES["first"])
    last = bound.get("last") or dice.one_of(CHOICES["last"])
    plain = unicodedata.normalize("NFKD", f"{first[0]}.{last}".lower())
    letters = re.sub(r"[^a-z.]", "", plain)
    return f"{letters}@{dice.one_of(('postbox', 'mailhaus', 'inbox', 'fastnet'))}.example"


def _iban(_: Mapping[str, str], dice: Dice, __: datetime) -> str:
    groups = " ".join(dice.text(4, "0123456789") for _ in range(4))
    return f"{dice.one_of(('DE', 'DE', 'FR', 'ES'))}{dice.whole(11, 96)} {groups} {dice.text(2, '0123456789')}"


def _days_ago(text: str, low: int, high: int) -> Maker:
    def make(_: Mapping[str, str], dice: Dice, now: datetime) -> str:
        day = now - timedelta(days=dice.whole(low, high))
        return day.strftime(text).replace("@", str(day.day))

    return make


def _id(prefix: str, digits: int) -> Maker:
    def make(_: Mapping[str, str], dice: Dice, __: datetime) -> str:
        return prefix + str(dice.whole(1, 9)) + dice.text(digits - 1, "0123456789")

    return make


def _money(low: int, high: int) -> Maker:
    def make(_: Mapping[str, str], dice: Dice, __: datetime) -> str:
        return f"{dice.whole(low, high)}.{dice.one_of(('00', '50', '90', '95', '99', '20'))}"

    return make


MAKERS: Mapping[str, Maker] = {
    "email": _mailbox,
    "iban": _iban,
    "date": _days_ago("@ %B", 2, 24),
    "isodate": _days_ago("%Y-%m-%d", 1, 30),
    "dmy": _days_ago("%d/%m/%Y", 1, 30),
    "dotdate": _days_ago("%d.%m.%Y", 1, 30),
    "due": _days_ago("%Y-%m-%d", -40, -10),
    "soon": _days_ago("@ %B", -20, -3),
    "today": _days_ago("@ %B %Y", 0, 0),
    "isotoday": _days_ago("%Y-%m-%d", 0, 0),
    "month": _days_ago("%B", 20, 40),
    "order": _id("HS-4", 5),
    "inv": _id("", 6),
    "po": _id("PO-", 5),
    "ticket": _id("", 5),
    "jira": _id("PLAT-", 4),
    "sku": _id("HL-", 5),
    "track": _id("0034", 12),
    "vat": _id("GB", 9),
    "phone": _id("+44 7", 9),
    "amount": _money(24, 389),
    "big": _money(1200, 18900),
    "sha": lambda _, dice, __: dice.text(7),
    "trace": lambda _, dice, __: dice.text(16),
    "clock": lambda _, dice, __: f"{dice.whole(7, 18):02d}:{dice.whole(0, 59):02d}",
}


def slot(name: str, bound: Mapping[str, str], dice: Dice, now: datetime) -> str:
    """Fill a slot; a number behind its name (`first2`) asks for another one of the kind.

    Raises:
        KeyError: no slot has that name.
    """
    kind = name.rstrip("0123456789")
    if kind in CHOICES:
        taken = {value for other, value in bound.items() if other.startswith(kind)}
        return dice.one_of([value for value in CHOICES[kind] if value not in taken])
    return MAKERS[kind](bound, dice, now)
