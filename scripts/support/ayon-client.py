#!/usr/bin/env python3
"""Uses AYON's released Python client, unmodified, against a Daybook server that it starts: every function of events, with
every argument, and what lies below them.

Needs ayon-python-api and graphql-core, which ayon-client fetches:
    scripts/support/ayon-client .build/debug/daybook
    scripts/support/ayon-client .build/debug/daybook --only paging --verbose

Each case has topics of its own, so that they can share a server. Prints what failed and 'N cases, M failed'.
"""

import argparse
import logging
import pathlib
import shutil
import sys
import tempfile
import traceback
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "ayon"), str(HERE / "torture")]

from server import Server  # noqa: E402
import world  # noqa: E402

# Each adds its cases. What runs last may touch events of all.
import bootstrap  # noqa: E402, F401
import publishing  # noqa: E402, F401
import bodies  # noqa: E402, F401
import changes  # noqa: E402, F401
import queries  # noqa: E402, F401
import paging  # noqa: E402, F401
import schema  # noqa: E402, F401
import jobs  # noqa: E402, F401
import filters  # noqa: E402, F401
import operations  # noqa: E402, F401
import access  # noqa: E402, F401


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("daybook", help="the daybook executable")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name has this in it")
    parser.add_argument("--verbose", action="store_true", help="print each case, and where failures happened")
    arguments = parser.parse_args()

    # The client tells of each refusal; the cases expect them.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore", DeprecationWarning)
    cases = [case for case in world.CASES if arguments.only in case.name]
    names = [case.name for case in cases]
    if len(set(names)) != len(names):
        sys.exit(f"cases of one name: {sorted({name for name in names if names.count(name) > 1})}")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="daybook-ayon-"))
    server = Server(arguments.daybook, directory)
    failures = 0
    try:
        server.start()
        server.wait_until_ready()
        for case in cases:
            try:
                case.run(world.World(server, directory))
                if arguments.verbose:
                    print(f"ok      {case.name}", flush=True)
            except Exception as error:  # A case may fail in any way.
                failures += 1
                print(f"FAILED  {case.name}: {type(error).__name__}: {error}", flush=True)
                if arguments.verbose:
                    traceback.print_exc()
        server.stop()
    finally:
        server.kill()
    print(f"{len(cases)} cases, {failures} failed")
    if failures:
        print(f"the server's data and log are in {directory}")
        sys.exit(1)
    shutil.rmtree(directory)


main()
