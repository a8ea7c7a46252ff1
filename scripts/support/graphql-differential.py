#!/usr/bin/env python3
"""Compares our GraphQL engine with graphql-core: which documents are refused, where the first error is, and what the
others are answered with.

Needs graphql-core 3.2 (the edition of October 2021, and a few things of that of September 2025), which
graphql-differential fetches:
    scripts/support/graphql-differential .build/debug/GraphQLTool --count 20000
"""

import argparse
import collections
import json
import random
import re
import subprocess
import sys

import graphql
from graphql import GraphQLError, build_client_schema, get_introspection_query, introspection_from_schema, parse, validate

from graphql_documents import Documents
import graphql_library

# Ours bounds introspection by cost instead.
RULES = [rule for rule in graphql.specified_rules if rule.__name__ != "MaxIntrospectionDepthRule"]


def run(tool, command, lines):
    result = subprocess.run([tool, command], input="".join(line + "\n" for line in lines), capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{tool} {command} failed with {result.returncode}: {result.stderr[-2000:]}")
    return [json.loads(line) for line in result.stdout.split("\n") if line]


def expected(schema, document):
    """The locations of all errors, and the first message."""
    try:
        parsed = parse(document)
    except GraphQLError as error:
        return [first(error)], "syntax: " + error.message, True
    try:
        errors = validate(schema, parsed, RULES)
    except GraphQLError:
        # It trips over directives with variables at the root of subscriptions: no verdict.
        return None, "", False
    return [first(error) for error in errors], errors[0].message if errors else "", False


def first(error):
    return (error.locations[0].line, error.locations[0].column) if error.locations else None


def kind(message):
    message = re.sub(r"'[^']*'|\"[^\"]*\"", "…", message.split(";")[0].split(". Did")[0])
    return re.sub(r"found .*|got: .*|: .*", "", message) if message.startswith("syntax") is False else re.sub(r"\S*['\"\\].*", "", message)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", help="the GraphQLTool executable")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--show", type=int, default=10, help="disagreements to print")
    parser.add_argument("--execute", type=int, default=2000, metavar="N", help="execute at most so many of the sound documents")
    parser.add_argument("--later", action="store_true", help="print where later errors differ")
    parser.add_argument("--kinds", action="store_true", help="print how often each kind of error came first")
    arguments = parser.parse_args()
    print(f"graphql-core {graphql.version}, seed {arguments.seed}, {arguments.count} documents")

    query = get_introspection_query(specified_by_url=True, directive_is_repeatable=True, schema_description=True,
                                    input_value_deprecation=True)
    response = run(arguments.tool, "execute", [json.dumps({"query": query})])[0]
    if response.get("errors"):
        sys.exit(f"introspection failed: {response['errors'][:3]}")
    schema = build_client_schema(response["data"])
    compare_introspection(schema, response["data"])

    documents = Documents(schema, arguments.seed)
    texts = [documents.next() for _ in range(arguments.count)]
    # Lone surrogates are no text.
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    answers = run(arguments.tool, "validate", [json.dumps(text) for text in texts])
    if len(answers) != len(texts):
        sys.exit(f"{len(answers)} answers to {len(texts)} documents")

    counts = collections.Counter()
    kinds = collections.Counter()
    for text, ours in zip(texts, answers):
        wanted, message, is_syntax = expected(schema, text)
        if wanted is None:
            counts["without verdict"] += 1
            continue
        found = [(e["locations"][0]["line"], e["locations"][0]["column"]) if "locations" in e else None for e in ours]
        counts["syntax error" if is_syntax else "refused" if wanted else "accepted"] += 1
        if wanted:
            kinds[kind(message)] += 1
        if wanted[:1] == found[:1]:
            counts["all errors agree" if wanted == found else "later errors differ"] += 1
            if wanted != found and arguments.later:
                print(f"\n--- {text!r}\n  graphql-core: {wanted}\n  ours: {found} {[e['message'] for e in ours]}")
            continue
        counts["DISAGREEMENTS"] += 1
        if counts["DISAGREEMENTS"] <= arguments.show:
            print(f"\n--- {text!r}\n  graphql-core: {wanted[:3]} {message}\n  ours: {found[:3]} {[e['message'] for e in ours[:1]]}")
    print("documents: " + ", ".join(f"{value} {name}" for name, value in sorted(counts.items())))
    executed = compare_execution(arguments, schema, [text for text, ours in zip(texts, answers) if not ours][:arguments.execute])
    print("executions: " + ", ".join(f"{value} {name}" for name, value in sorted(executed.items())))
    counts["DISAGREEMENTS"] += executed["DISAGREEMENTS"]
    if arguments.kinds:
        for name, value in kinds.most_common():
            print(f"{value:7} {name}")
    sys.exit(1 if counts["DISAGREEMENTS"] else 0)


def compare_execution(arguments, schema, texts):
    """Executes sound documents with both."""
    graphql_library.attach(schema)
    counts = collections.Counter()
    chooser = random.Random(arguments.seed)
    requests = []
    for text in texts:
        document = parse(text)
        operations = [d for d in document.definitions if isinstance(d, graphql.OperationDefinitionNode)]
        if not operations:
            continue
        operation = chooser.choice(operations)
        name = operation.name.value if operation.name else None
        if operation.operation.value != "subscription":
            requests.append((document, {
                "query": text, "operationName": name,
                "variables": graphql_library.variables(schema, operation, chooser.random())}))
    answers = run(arguments.tool, "execute", [json.dumps(request) for _, request in requests])
    for (document, request), ours in zip(requests, answers):
        result = graphql.execute_sync(schema, document, {}, variable_values=request["variables"],
                                      operation_name=request["operationName"])
        errors = [e for e in result.errors or []]
        wanted_errors = sorted((places(e.locations), e.path or []) for e in errors)
        found_errors = sorted((places_of(e), e.get("path", [])) for e in ours.get("errors", []))
        is_request_error = result.data is None and errors and all(e.path is None for e in errors)
        if any("asks for too much" in e["message"] for e in ours.get("errors", [])):
            counts["beyond our limits"] += 1
        elif is_request_error and "data" not in ours:
            counts["with wrong variables"] += 1
        elif not is_request_error and "data" in ours and bare(result.data) == bare(ours["data"]) and bool(errors) == bool(ours.get("errors")):
            counts["data agrees, without errors" if not errors else "data and errors agree" if wanted_errors == found_errors
                   else "data agrees, errors differ"] += 1
            if wanted_errors != found_errors and arguments.later:
                print(f"\n--- {request}\n  graphql-core: {wanted_errors}\n  ours: {found_errors}")
        else:
            counts["DISAGREEMENTS"] += 1
            if counts["DISAGREEMENTS"] <= arguments.show:
                print(f"\n--- {json.dumps(request)}\n  graphql-core: {json.dumps(result.data)} {errors}\n  ours: {json.dumps(ours)}")
    return counts


def places(locations):
    return [(place.line, place.column) for place in locations or []]


def places_of(error):
    return [(place["line"], place["column"]) for place in error.get("locations", [])]


def bare(value):
    """For comparison: members in order, numbers by value, and JSON in strings taken apart."""
    if isinstance(value, dict):
        return [(k, bare(v)) for k, v in value.items()]
    if isinstance(value, list):
        return [bare(v) for v in value]
    if isinstance(value, str) and value.startswith("{"):
        return bare(json.loads(value))
    return value


def compare_introspection(schema, ours):
    """What graphql-core tells of the schema that it built from ours has to be ours again."""
    def canonical(value):
        if isinstance(value, dict):
            drafts = {"isOneOf"} | ({"isDeprecated", "deprecationReason"} if "locations" in value else set())
            return {k: canonical(v) for k, v in value.items() if k not in drafts}
        if isinstance(value, list):
            return sorted((canonical(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
        return re.sub(r"\s", "", value) if isinstance(value, str) else value
    theirs = introspection_from_schema(schema, specified_by_url=True, directive_is_repeatable=True,
                                       schema_description=True, input_value_deprecation=True)
    ours, theirs = canonical(ours), canonical(theirs)
    # graphql-core has introspection types and scalars of its own.
    for data in (ours, theirs):
        data["__schema"]["types"] = [t for t in data["__schema"]["types"] if not t["name"].startswith("__")
                                     and t["name"] not in ("Int", "Float", "String", "Boolean", "ID")]
    if ours != theirs:
        for name in ours["__schema"]:
            if ours["__schema"][name] != theirs["__schema"].get(name):
                print(f"introspection differs in {name}:\n  {json.dumps(ours['__schema'][name])[:3000]}\n  {json.dumps(theirs['__schema'].get(name))[:3000]}")
        sys.exit("introspection does not survive graphql-core")
    errors = graphql.validate_schema(schema)
    if errors:
        sys.exit(f"graphql-core finds the schema invalid: {errors}")


main()
