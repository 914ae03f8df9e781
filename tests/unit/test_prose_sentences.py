"""Sentences as published reports have them (all made up here), and what must be read from them, or left alone.

Each line: the sentence, then the numbers that a table can be held against, with the first of their readings in short:
``new`` is applications.new.total, ``review`` disputes.review.total. Everything else in it must be left alone.
"""

from __future__ import annotations

import pytest

from govnb.form.edition import packaged_editions
from govnb.prose.reading import read_claims

EDITIONS = packaged_editions()
OWN = "临江区人民政府"

READ: list[tuple[str, list[str]]] = [
    # received, new, carried
    ("2021年，全区共收到政府信息公开申请593件，其中新收575件，上年结转18件。", ["593 new", "575 new", "18 carried_in"]),
    (
        "全年共受理依申请公开1，175件，办结1，170件，结转下年度继续办理5件。",
        ["1175 new", "1170 total", "5 carried_out"],
    ),
    ("本年度新收政府信息公开申请２１件，均已按规定办理完毕。", ["21 new"]),
    (
        "2021年度，我区收到公民、法人和其他组织提出的政府信息公开申请三十五件，结转2022年2件。",
        ["35 new", "2 carried_out"],
    ),
    ("2020年结转2件，2021年新收33件，共办理35件政府信息公开申请。", ["2 carried_in", "33 new", "35 total"]),
    ("收到申请70件，72件已办理完毕，1件顺延到下年度。", ["70 new", "72 total", "1 carried_out"]),
    ("全区行政机关收到70件申请，办结69件，尚有1件正在办理。", ["70 new", "69 total", "1 carried_out"]),
    ("我区全年累计接收政府信息公开申请两件，已全部答复。", ["2 new"]),
    ("截至2021年12月31日，共办结申请584件。", ["584 total"]),
    ("本年度共收到申请12宗（含上年度结转2宗），答复12宗。", ["12 new", "2 carried_in", "12 total"]),
    ("1月1日至12月31日，全区共收到政府信息公开申请 40 件。", ["40 new"]),
    ("收到的593件申请中，575件为本年新收。", ["593 new", "575 new"]),
    # outcomes
    (
        "在办结的69件申请中，予以公开30件，部分公开5件，不予公开8件，无法提供25件，其他处理1件。",
        ["69 total", "30 granted", "5 partial", "8 denied", "25 unavailable", "1 other"],
    ),
    (
        "办结申请69件，其中：予以公开30件；部分公开5件；不予公开8件（属于三类内部事务信息1件、属于行政执法案卷6件、属于行政查询事项1件）。",
        [
            "69 total",
            "30 granted",
            "5 partial",
            "8 denied",
            "1 denied.internal_affairs",
            "6 denied.enforcement_file",
            "1 denied.inquiry",
        ],
    ),
    # not the 24 hours of an office that never closes
    ("申请办理结果为：予以公开30起、部分公开24起、不予处理3起。", ["30 granted", "24 partial", "3 declined"]),
    ("申请办理结果为：“予以公开”30件、“部分公开”5件、“不予处理”3件。", ["30 granted", "5 partial", "3 declined"]),
    (
        "收到政府信息公开申请9件。答复予以公开6件，本机关不掌握相关政府信息3件。",
        ["9 new", "6 granted", "3 unavailable.not_held"],
    ),
    ("办理政府信息公开申请20件，因本机关不掌握等原因无法提供4件。", ["20 total", "4 unavailable.not_held"]),
    (
        "共收到申请20件，其中自然人申请18件，法人或其他组织申请2件。",
        ["20 new", "18 new.natural_person", "2 new.legal_person"],
    ),
    ("办结申请20件，其中不予处理的3件，重复申请1件。", ["20 total", "3 declined", "1 declined.repeated"]),
    ("全年1-12月收到申请5件，截至2021年12月底办结5件。", ["5 new", "5 total"]),
    (
        "依申请公开方面，全年共收到申请593件，同比增长9.8%，办结584件，结转9件。",
        ["593 new", "584 total", "9 carried_in"],
    ),
    (
        "收到申请593件（新收575件，结转2020年18件），办结584件（予以公开201件，部分公开46件），结转下年9件。",
        ["593 new", "575 new", "18 carried_in", "584 total", "201 granted", "46 partial", "9 carried_out"],
    ),
    (
        "本年度新收政府信息公开申请27件，较2020年减少5件，结转上年申请1件，作出答复28件。",
        ["27 new", "1 carried_in", "28 total"],
    ),
    (
        "共收到申请20件，其中自然人18件，法人2件，均已办结，办结20件，其中予以公开12件。",
        ["20 new", "18 new.natural_person", "2 new.legal_person", "20 total", "12 granted"],
    ),
    # reviews and lawsuits
    ("我区收到申请9件。行政复议1件，行政诉讼0件。", ["9 new", "1 review", "0 litigation"]),
    (
        "因政府信息公开引发行政复议5起、行政诉讼2起，复议维持3起、纠正2起。",
        ["5 review", "2 litigation", "3 review.upheld", "2 review.corrected"],
    ),
    (
        "因政府信息公开被申请行政复议3件，其中结果维持1件、其他结果2件。",
        ["3 review", "1 review.upheld", "2 review.other"],
    ),
    ("全年发生涉及政府信息公开的行政复议案件3起、行政诉讼案件12起。", ["3 review", "12 litigation"]),
    ("因政府信息公开引发行政诉讼12件，均维持。", ["12 litigation"]),
    ("2021年，政府信息公开行政复议2件，1件纠正，1件尚未审结。", ["2 review", "1 review.corrected", "1 review.pending"]),
    ("办理信息公开类行政诉讼2宗。", ["2 litigation"]),
    # table 1
    (
        "全区制发行政规范性文件69件，废止36件，现行有效65件。",
        ["69 normative_documents.issued", "36 normative_documents.repealed", "65 normative_documents.in_force"],
    ),
    (
        "制定出台规范性文件十二件，现行有效规范性文件58件。",
        ["12 normative_documents.issued", "58 normative_documents.in_force"],
    ),
    (
        "全区作出行政许可决定2293件、行政处罚决定1282件、行政强制决定42件。",
        ["2293 licences.decisions", "1282 penalties.decisions", "42 coercion.decisions"],
    ),
    ("实施行政处罚1282宗，行政事业性收费24252.311082万元。", ["1282 penalties.decisions", "24252.311082 fees.amount"]),
    ("全年收取行政事业性收费2.43亿元。", ["2.43 fees.amount"]),
    ("本年废止规章1件。", ["1 regulations.repealed"]),
    ("按照规定收取信息处理费120元。", ["120 fee"]),
    # stated nothings
    ("本年度行政机关未收到因政府信息公开申请行政复议、提起行政诉讼的案件。", ["0 review", "0 litigation"]),
    ("我区2021年无政府信息公开行政复议案件发生。", ["0 review"]),
    ("2021年未收到政府信息公开申请。", ["0 new"]),
    ("全年没有因政府信息公开引发的行政复议、行政诉讼。", ["0 review", "0 litigation"]),
    ("2021年，我区未发生因政府信息公开工作被申请行政复议、提起行政诉讼情况。", ["0 review", "0 litigation"]),
    ("无结转下年度的申请。", ["0 carried_out"]),
    ("本年度未制发规范性文件。", ["0 normative_documents.issued"]),
    ("2021年，无收取信息处理费情况。", ["0 fee"]),
    ("本机关全年没有收取信息处理费。", ["0 fee"]),
]

LEFT_ALONE = [
    # sub-units, representatives, parts
    "区自然资源局收到申请120件，办结118件，2件结转下年度。",
    "申请量较大的单位为：区自然资源局120件、区住房城乡建设局80件、望江街道32件。",
    "区公安分局高度重视依申请公开工作。全部按时限要求办理，收到申请45件，办结45件。",
    "各乡镇收到政府信息公开申请15件。",
    "办理人大代表建议35件、政协提案42件，答复率100%。",
    "区政府收到政府信息公开申请52件，区政府办公室收到申请4件。",
    "区政府本级收到政府信息公开申请56件。",
    "办理省政府办公厅转办的政府信息公开申请8件。",
    "其中，区教育局受理申请6件，区卫生健康局受理申请4件。",
    "其中收到申请6件。",
    "临江镇新收政府信息公开申请3件，办结3件。",
    "以区政府名义制发规范性文件3件。",
    # channels, kinds and matters
    "通过网络收到申请300件，通过信函收到申请150件，当面收到申请50件。",
    "收到土地征收类政府信息公开申请120件。",
    "收到申请公开征地补偿信息的申请50件。",
    "涉及房屋拆迁的政府信息公开申请33件。",
    "电子邮件提交申请4件，传真提交申请1件。",
    # other times and comparisons
    "2020年收到政府信息公开申请60件。",
    "上年收到申请60件，办结58件。",
    "收到政府信息公开申请较上年增加10件。",
    "与2020年相比，新收申请增加10件，办结增加9件。",
    "2021年上半年收到申请30件，第三季度收到申请20件。",
    "2021年11月收到申请3件。",
    "1-6月收到申请35件。",
    "近三年共收到申请1500件。",
    "2022年，力争办结申请100件。",
    "自2008年以来收到政府信息公开申请2600件。",
    "2021年12月收到申请3件，12月办结申请2件。",
    "截至2021年9月底收到申请40件。",
    # rough numbers, limits and rates
    "收到政府信息公开申请500余件。",
    "收到政府信息公开申请约600件，近百件为重复内容。",
    "答复时间控制在10个工作日内，在20个工作日内答复申请。",
    "按期答复申请530件，延期答复22件，补正31件。",
    "办结率100%，按时答复率100%。",
    # other things that are counted
    "受理群众来信来访120件，办结118件。",
    "12345热线受理诉求3200件，办结3150件。",
    "处理网民留言182件，办结182件。",
    "区政府门户网站公开信息2602条，回应群众关切35件。",
    "全年收到信访件20件，答复20件。",
    "召开新闻发布会12场，举办培训3期，培训人员310人次。",
    "全年制发文件160件，其中主动公开130件、依申请公开20件、不予公开10件。",
    "主动公开文件132件，政策解读材料20件。",
    "政务新媒体开设微信公众号3个、微博2个。",
    "公开行政许可信息390条、行政处罚信息120条。",
    "公示行政许可、行政处罚等双公示信息1200条。",
    "公布行政许可事项126项，行政处罚事项890项。",
    "全年备案规范性文件15件，清理规范性文件80件，修改3件。",
    "在网站公开现行有效规范性文件58件。",
    "建立健全规章制度12件。",
    "减免行政事业性收费120万元。",
    "编制主动公开基本目录3份，梳理事项1036项。",
    "组织专题培训2次，参训单位49个，发放资料1000份。",
    # reviews that are others'
    "全年办理行政复议案件320件，审结300件。",
    "收到政府信息公开行政复议申请50件，受理45件。",
    "受理政府信息公开行政复议案件8件。",
    "推进政府信息公开，办理行政复议案件320件。",
    "行政复议案件320件，其中涉及政府信息公开的3件。",
    "办理政府信息公开行政复议、行政诉讼案件共6件。",
    "行政机关负责人出庭应诉12件，行政诉讼败诉2件。",
    # numbers that are none
    "根据国办公开办函〔2021〕30号和《条例》第36条的规定答复申请。",
    "“十四五”规划，49个较大市，联系电话0591-83926179。",
    "对43件申请予以公开，对5件申请部分公开。",
    "第3次收到申请，一起办理，一部分公开。",
    # nothings that are none
    "未收到投诉举报。",
    "未发生行政复议败诉案件。",
    "如未收到申请人补正材料，不再处理。",
    "确保未发生行政复议。",
    "区教育局未收到政府信息公开申请。",
    "未收到通过传真提出的申请。",
    "2020年未收到政府信息公开申请。",
    "无逾期未答复申请的情况。",
    "对重复申请不予受理，不处理重复申请。",
    "未收到申请的单位不再报送，部分乡镇未收到申请。",
    "因答复不当引发的行政复议没有。",
    "申请人未按规定缴纳信息处理费的，不再处理。",
]


def short(figure: str) -> str:
    """The first reading in short."""
    name = figure.removeprefix("applications.").removeprefix("disclosure.").removeprefix("disputes.")
    return name.removesuffix(".total").replace("information_fee.yuan", "fee") or name


def whole(text: str, **said: object) -> list[str]:
    claims = read_claims(text, 2021, EDITIONS[2021], name=OWN, part=said.get("part"))  # type: ignore[arg-type]
    return [f"{format(claim.value, 'f')} {short(claim.figures[0])}" for claim in claims if claim.whole]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[str]) -> None:
    assert whole(text) == expected


def test_cases_of_all_kinds_are_left_alone_unless_the_part_is_about_applications() -> None:
    text = "做好政府信息公开工作。全年行政复议案件320件，行政诉讼案件40件。"
    assert whole(text) == []
    assert whole(text, part="依申请公开") == ["320 review", "40 litigation"]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_left_alone(text: str) -> None:
    assert whole(text) == []
    assert whole(text, part="依申请公开") == []
