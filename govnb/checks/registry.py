"""The list of checks in its order, and the one way to run them all.

A new check is a function in a module of this folder and a line here. The identities come from the edition, so that a
workspace's own form is checked without a line of code. Runs and lists, judges nothing.
"""

from __future__ import annotations

from govnb.checks import (
    aggregate,
    amounts,
    dates,
    fees,
    form,
    ledgers,
    likeness,
    names,
    numbers,
    ordinals,
    privacy,
    published_dates,
    statements,
    tables,
    text,
)
from govnb.checks.check import Check
from govnb.checks.identities import identity_check, identity_checks
from govnb.checks.model import Evidence, Result

_IDENTITIES = tuple(identity_checks())
_FUNCTIONS = (
    tables.in_force_bound,
    aggregate.aggregate_sum,
    aggregate.missing,
    aggregate.late,
    aggregate.contradicts,
    statements.table,
    statements.sums,
    statements.percent,
    statements.zero,
    fees.stated,
    fees.tariff,
    form.sections,
    form.tables,
    form.edition,
    form.basis,
    form.labels,
    form.leftover,
    text.length,
    tables.regulations,
    published_dates.year,
    published_dates.text,
    names.agency,
    likeness.repeated,
    likeness.generic,
    ordinals.ordinals,
    dates.published_in_time,
    privacy.id_number,
    privacy.mobile,
    privacy.bank_card,
    amounts.unit,
    amounts.outlier,
    tables.number_types,
    tables.blanks,
    ledgers.limit,
    ledgers.order,
    ledgers.fee,
    numbers.narrative_number,
    tables.declared_differs,
)

CHECKS: tuple[Check, ...] = (*_IDENTITIES, *_FUNCTIONS)
"""Every check for documentation: id, severity, one line, source. Identities are those of the packaged editions."""


def run_checks(evidence: Evidence) -> list[Result]:
    """All results for one report, in the order of the list: at least one for each check that its edition has."""
    results: list[Result] = []
    for check in (*edition_checks(evidence), *_FUNCTIONS):
        results.extend(check.run(evidence))
    return results


def edition_checks(evidence: Evidence) -> list[Check]:
    """The identities of the report's own edition, those of the packaged forms first and in their order."""
    edition = evidence.edition
    order = [check.id for check in _IDENTITIES]
    checks = [identity_check(identity, edition.authority) for identity in edition.identities]
    return sorted(checks, key=lambda check: order.index(check.id) if check.id in order else len(order))
