"""What counts as part of a word, or as its end, beside a mark. No I/O."""

# Scripts written without blanks between words, and Hangul, whose particles follow directly:
# the marks around a word of theirs stand between letters.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u30ff\u3100-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
# A letter, digit or _ of a script that puts blanks between words.
SPACED = f"[^\\W{UNSPACED}]"
# Of CJK text, full-width forms and curly quotation marks included: part of no address.
CJK_PUNCTUATION = (
    "\u3000-\u3004\u3008-\u3020\u30fb\uff01-\uff0f\uff1a-\uff1f\uff3b-\uff3d\uff5b-\uff65"
    "\u2018\u2019\u201c\u201d\u2026"
)
DASHES = "\u2013\u2014"
OPENING = f"(\\[{{\u00ab\u201e\u00bf\u00a1{DASHES}{CJK_PUNCTUATION}"
CLOSING = f".,;:!?)\\]}}\"'\u00bb{DASHES}{CJK_PUNCTUATION}-"
