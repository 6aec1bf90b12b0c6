"""Requests that do not fit: the answer says where, what was expected and what was found, in words of ours."""

from __future__ import annotations

import pytest

from arviz.jobs.options import ConvertOptions

SOURCE = "sha256:" + "0" * 64


def told(answer, status=422):
    assert answer.status_code == status, answer.text
    return {field: answer.json()[field] for field in ("code", "where", "expected", "found", "hint")}


def asked(service, **more):
    return told(service.client.post("/v1/jobs", json={"kind": "convert", "inputs": {"source": SOURCE}} | more))


def test_an_option_that_is_not_known_is_named_with_those_that_are(service):
    got = asked(service, options={"sizes": "218x102x79cm"})
    assert (got["where"], got["found"]) == ("options.sizes", "sizes")
    assert got["expected"].split(", ") == list(ConvertOptions.model_fields)
    got = asked(service, source=SOURCE)
    assert (got["where"], got["found"], got["expected"]) == ("source", "source", "kind, inputs, options, priority, webhook")


def test_of_a_batch_the_job_is_named(service):
    job = {"kind": "convert", "inputs": {"source": SOURCE}}
    got = told(service.client.post("/v1/batches", json={"jobs": [job, {**job, "options": {"up": "Z"}}]}))
    assert got["where"] == "jobs.1.options.up"
    assert "'+Z'" in got["expected"]
    assert got["found"] == "'Z'"


@pytest.mark.parametrize(("kind", "found"), [({"kind": "converts"}, "'converts'"), ({}, None)])
def test_a_kind_that_is_none_is_told_with_those_that_are(service, kind, found):
    got = told(service.client.post("/v1/jobs", json={"inputs": {"source": SOURCE}, **kind}))
    assert (got["where"], got["found"]) == ("kind", found)
    assert got["expected"] == "convert, check, render, turntable, room, place"


def test_what_is_missing_is_named(service):
    got = told(service.client.post("/v1/jobs", json={"kind": "convert"}))
    assert (got["where"], got["found"]) == ("inputs", None)
    assert told(service.client.put("/v1/sources", content=b"x"))["where"] == "query.name"


@pytest.mark.parametrize("body", [b"", b"{kind: convert}", b'{"kind": "convert"}'])
def test_what_is_no_json_or_does_not_say_that_it_is(service, body):
    headers = {} if body.startswith(b'{"') else {"Content-Type": "application/json"}
    assert "Content-Type: application/json" in told(service.client.post("/v1/jobs", content=body, headers=headers))["hint"]


def test_a_long_value_is_not_told_again(service):
    assert len(asked(service, options={"name": "x" * 100_000})["found"]) < 100


def test_a_wrong_method_is_told_with_the_right_ones(service):
    got = told(service.client.post("/v1/sources", params={"name": "x"}, content=b"x"), 405)
    assert (got["expected"], got["found"]) == ("PUT", "POST")


def test_a_form_is_no_file(service):
    """Kept with its wrapping it would be a source that no job can read."""
    answer = service.client.put("/v1/sources", params={"name": "sofa.glb"}, files={"file": b"glTF"})
    assert "--data-binary" in told(answer, 415)["hint"]


def test_an_asset_that_is_not_there_is_converted_first(service):
    got = told(service.client.post("/v1/jobs", json={"kind": "render", "inputs": {"asset": "a" * 26}}), 404)
    assert "convert" in got["hint"]
    assert "PUT /v1/sources" in told(service.client.post("/v1/jobs", json={"kind": "convert", "inputs": {"source": SOURCE}}), 404)["hint"]


def test_files_of_a_job_that_failed_are_told_as_its_failure(service):
    source = service.client.put("/v1/sources", params={"name": "x"}, content=b"nothing").json()["source"]
    job = service.client.post("/v1/jobs", json={"kind": "convert", "inputs": {"source": source}}).json()
    assert service.client.get(f"/v1/jobs/{job['id']}", headers={"Prefer": "wait=60"}).json()["state"] == "failed"
    got = told(service.client.get(f"/v1/jobs/{job['id']}/files/glb"), 404)
    assert (got["expected"], got["found"]) == ("done", "failed")
