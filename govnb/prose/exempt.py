"""Numbers that are no figures: years and dates, document numbers, ordinals, legal limits, telephones, technical names.

Each kind is listed with what it stands for; nothing here looks at what a number is said of.
"""

from __future__ import annotations

import re

_YEAR = r"(?:19|20)[0-9]{2}"
_EXEMPT = re.compile(
    # the first characters of all that follows, so that most places of a text are passed over at once
    r"(?<![0-9])(?=[0-9A-Za-z《第〔\[(（【﹝党电传总邮上下晚凌 ~至到、_.+-])(?:"
    + "|".join(
        (
            # names of documents, plans and systems
            r"《[^》]*》",
            # document numbers: 国办公开办函〔2021〕30号, 国令第711号, 粤府〔2021〕3 号
            rf"[〔\[(（【﹝]{_YEAR}[〕\])）】﹞] *(?:第 *)?[0-9]+ *号?",
            r"[0-9]+ *号",
            # years, spans of years and dates; 2021-2025年, 2021年以来, 2021年度, 2021.03.05, 2021-03
            rf"{_YEAR} *(?:年 *)?(?:-+|~|至|到|、) *{_YEAR} *年?",
            rf"{_YEAR} *年(?:度)?(?: *[0-9]{{1,2}} *月)?(?: *[0-9]{{1,2}} *[日号])?",
            rf"{_YEAR}[-./][0-9]{{1,2}}(?:[-./][0-9]{{1,2}})?(?![0-9%])",
            rf"(?<![0-9.]){_YEAR}(?=版|财年|级|届)",
            r"[0-9]{1,2} *(?:-+|~|至|到|、) *[0-9]{1,2} *月(?:份|底|末|初)?",
            r"[0-9]{1,2} *月(?!内)(?:份|底|末|初|中旬|上旬|下旬)?(?: *[0-9]{1,2} *[日号])?",
            r"(?<=[月日号]) *(?:-+|~|至|到|、) *(?:[0-9]{1,2} *月)?[0-9]{1,2} *[日号]",
            r"[0-9]{1,2} *日(?=[前起至止,，。、）)])",
            r"[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?",
            r"(?:上午|下午|晚|凌晨)[0-9]{1,2}[时点](?:[0-9]{1,2}分)?",
            # ordinals: 第36条第1款, 第2季度, 第3批
            r"第 *[0-9]+(?:[-、至到和]+(?:第 *)?[0-9]+)*",
            # numbered headings and lists: 1.  (2)  3、 at the start of a line or clause
            r"(?:^|(?<=[\n。；;：:，,])) *[(（]?[0-9]{1,2}(?:[)）、．]|\.(?![0-9]))(?:[0-9]{1,2}[.、．](?![0-9]))?",
            # legal limits, which the law sets and nobody counts, and any 在N个工作日内
            r"(?:7|15|20|40) *个?(?:工作日|日)",
            r"[0-9]+ *个?(?:工作日|自然日|日|天|小时|分钟)(?:之)?[内前]",
            r"(?:7 *[×xX*] *24|24|365)(?![,.][0-9]) *(?:小时|天)?(?=[^0-9%件宗起例个条份项人次部篇期]|$)",
            # structure of the text itself: 以下3个方面, 3项任务 is a number and stays
            r"[0-9]{1,2} *个?(?:方面|层面|维度|环节|部分|阶段|步骤)",
            # slogans: 1+3+N, 3·15, 一网通办 2.0
            r"[0-9]+(?:\+(?:[0-9]+|[NXnx]))+",
            r"[0-9]{1,2}[·•][0-9]{1,2}",
            r"(?<=[\u4e00-\u9fff])[0-9]\.0(?![0-9%件万亿元])|[0-9]+(?:\.[0-9]+)*版",
            r"(?:党的)?[0-9]{1,2}(?:大报告|届)",
            # hotlines, telephones, postcodes, addresses on the net
            r"12(?:345|3(?:1[0-9]|2[0-9]|3[0-9]|48|50|55|56|66|69|80|88))(?![0-9件宗条份项人次个元万亿户家余多篇%.,])",
            r"(?:电话|传真|总机)(?:[:：] *[(（]?[0-9][0-9() （）、-]*|[(（]?[0-9][0-9()（）-]{6,})",
            r"(?:邮编|邮政编码)[:： ]*[0-9]{6}(?![0-9])",
            r"[(（]?0[0-9]{2,3}[)）]?[- ]?[0-9]{7,8}(?:-[0-9]+)?",
            r"(?:https?://|www\.)[!-~]+|[A-Za-z0-9_.+-]+@[A-Za-z0-9_.-]+",
            # technical names: 5G, H5, IPv6, PM2.5, GB/T 9704-2012, A4, 4K
            r"(?:GB|GA|GW|DB|ISO|IEC)[A-Za-z/]* ?[0-9]+(?:[.-][0-9]+)*",
            r"(?<![A-Za-z])(?:[A-Za-z]|IPv|PM|CO|Web)[0-9]+(?:\.[0-9]+)?",
            r"[0-9]+(?=[A-Za-z])[A-Za-z]+",
        )
    )
    + ")",
    re.MULTILINE,
)


def exempt_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every stretch of folded ``text`` whose numbers are no figures, in order."""
    return [match.span() for match in _EXEMPT.finditer(text)]
