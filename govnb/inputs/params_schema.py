"""JSON Schemas of agency.yaml and <year>.yaml, by which an editor completes and checks them as they are written.

Made from the models that read the files, with the ledgers and forms of the workspace. A schema refuses nothing that
``govnb check`` takes; what concerns more than one file (members, columns, files that lie outside) it can't know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from govnb.form.edition import Edition, packaged_editions
from govnb.inputs.params_models import AgencyFile, YearFile
from govnb.inputs.params_values import CitedId, FileName
from govnb.inputs.schema import build_schemas

FOLDER = "params/.schema"  # hidden: no agency can be called so
FILES = {"agency": "agency.schema.json", "year": "year.schema.json"}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_agency(editions: Mapping[int, Edition] | None = None) -> dict[str, Any]:
    """JSON Schema of agency.yaml, for editors; ``editions`` of the workspace (default: the packaged ones)."""
    return _schema(AgencyFile, "params/<机关>/agency.yaml", editions or packaged_editions())


def schema_year(editions: Mapping[int, Edition] | None = None) -> dict[str, Any]:
    """JSON Schema of <year>.yaml, for editors; an empty file is one."""
    schema = _schema(YearFile, "params/<机关>/<年度>.yaml", editions or packaged_editions())
    schema["type"] = ["object", "null"]
    return schema


def schema_line(kind: str) -> str:
    """The first line of a parameter file, which names its schema to editors (``kind``: agency or year)."""
    return f"# yaml-language-server: $schema=../.schema/{FILES[kind]}\n"


def schema_files(editions: Mapping[int, Edition] | None = None) -> dict[str, bytes]:
    """Both schemas by their place in the workspace."""
    made = {"agency": schema_agency(editions), "year": schema_year(editions)}
    return {
        f"{FOLDER}/{FILES[kind]}": (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()
        for kind, schema in made.items()
    }


def _schema(model: type[BaseModel], title: str, editions: Mapping[int, Edition]) -> dict[str, Any]:
    made = model.model_json_schema()
    properties = made["properties"]
    _name_ledgers(properties["sources"], editions)
    if "edition" in properties:
        properties["edition"]["anyOf"][0]["enum"] = sorted(editions)
    if "cited" in properties:
        properties["cited"]["anyOf"][0]["propertyNames"] = TypeAdapter(CitedId).json_schema()
    return {"$schema": _DIALECT, **made, "title": title}


def _name_ledgers(sources: dict[str, Any], editions: Mapping[int, Edition]) -> None:
    """Each ledger is a property with its Chinese name; any other name is none. The short form is the file's name."""
    mapping = sources["anyOf"][0]
    entry = {"anyOf": [TypeAdapter(FileName).json_schema(), mapping["additionalProperties"]]}
    mapping["properties"] = {
        name: {"title": ledger.label, **entry} for name, ledger in sorted(build_schemas(editions).items())
    }
    mapping["additionalProperties"] = False
