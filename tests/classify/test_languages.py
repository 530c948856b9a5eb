# ruff: noqa: RUF001 letters of other alphabets are the point here
"""Plain requests in ten languages, written for this test and never trained on."""

import polars as pl
import pytest

from routeaudit.classify import load_classifier

SIMPLE = {
    "German": [
        "Übersetze den folgenden Satz ins Englische: Der Zug hat Verspätung.",
        "Fasse den Artikel in zwei Sätzen zusammen.\n\nDer Stadtrat hat gestern getagt.",
        "Ist diese Bewertung positiv oder negativ?\n\nDas Essen war kalt.",
    ],
    "French": [
        "Traduis cette phrase en anglais : Le train est en retard.",
        "Résume ce texte en une phrase.\n\nLe conseil s'est réuni hier soir.",
        "Cet avis est-il positif ou négatif ?\n\nLe repas était froid.",
    ],
    "Spanish": [
        "Traduce esta frase al inglés: El tren llega tarde.",
        "Resume este texto en una frase.\n\nEl consejo se reunió anoche.",
        "¿Es positiva o negativa esta reseña?\n\nLa comida estaba fría.",
    ],
    "Portuguese": [
        "Traduza esta frase para inglês: O trem está atrasado.",
        "Resuma este texto em uma frase.\n\nO conselho reuniu-se ontem.",
        "Corrija os erros desta frase: nós vai ao cinema",
    ],
    "Italian": [
        "Traduci questa frase in inglese: Il treno è in ritardo.",
        "Riassumi questo testo in una frase.\n\nIl consiglio si è riunito ieri.",
    ],
    "Dutch": [
        "Vertaal deze zin naar het Engels: De trein heeft vertraging.",
        "Vat deze tekst samen in een zin.\n\nDe gemeenteraad kwam gisteren bijeen.",
    ],
    "Russian": [
        "Переведи предложение на английский: Поезд опаздывает.",
        "Кратко изложи текст.\n\nВчера прошло заседание совета.",
    ],
    "Chinese": [
        "请把这句话翻译成英文:火车晚点了。",
        "请用一句话总结下面的内容。\n\n市议会昨天开会讨论了新桥。",
    ],
    "Japanese": [
        "次の文を英語に翻訳してください。\n\n電車が遅れています。",
        "次の記事を要約してください。\n\n市議会は昨日会議を開いた。",
    ],
    "Turkish": ["Bu cümleyi İngilizceye çevir: Tren gecikti.", "Metni kısaca özetle.\n\nDün toplandılar."],
}  # fmt: skip
COMPLEX = {
    "German": [
        "Schreibe eine Kurzgeschichte über einen Leuchtturmwärter.",
        "Warum ist das Römische Reich untergegangen?",
        "Beweise, dass es unendlich viele Primzahlen gibt.",
    ],
    "French": [
        "Écris une histoire sur un gardien de phare.",
        "Pourquoi l'Empire romain est-il tombé ?",
        "Écris une fonction Python qui inverse une liste chaînée.",
    ],
    "Spanish": [
        "Escribe un cuento sobre un farero.",
        "¿Por qué cayó el Imperio romano?",
        "Escribe una función en Python que invierta una lista.",
    ],
    "Portuguese": [
        "Escreva um poema sobre o mar.",
        "O que é a fotossíntese? Explique em detalhe.",
        "João tem 12 maçãs e compra o dobro. Quantas maçãs ele tem agora?",
    ],
    "Italian": ["Scrivi una poesia sul mare.", "Perché è caduto l'Impero romano?"],
    "Dutch": ["Schrijf een verhaal over een vuurtoren.", "Hoe werkt een kernreactor?"],
    "Russian": ["Напиши рассказ о смотрителе маяка.", "Почему распалась Римская империя?"],
    "Chinese": ["写一首关于大海的诗。", "小明有12个苹果,又买了5个,一共有多少个?"],
    "Japanese": ["海についての詩を書いてください。", "光合成とは何ですか?"],
    "Turkish": ["Deniz hakkında bir şiir yaz.", "Fotosentez nedir, nasıl çalışır?"],
}


def right(language: str) -> float:
    queries = SIMPLE[language] + COMPLEX[language]
    p_simple = load_classifier("embedded").classify(pl.Series(queries))["p_simple"].to_list()
    wanted = [True] * len(SIMPLE[language]) + [False] * len(COMPLEX[language])
    hits = [bool(p >= 0.5) == want for p, want in zip(p_simple, wanted, strict=True)]
    return sum(hits) / len(hits)


@pytest.mark.parametrize("language", SIMPLE)
def test_most_plain_requests_are_told_simple_or_complex(language: str) -> None:
    assert right(language) >= 0.75
