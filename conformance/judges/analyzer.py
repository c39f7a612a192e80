"""Asks np-guard's Network Config Analyzer about one folder after the other, in one process.

A line of the input is a folder; a line of the output is JSON: what the analyzer writes about it.
"""

import contextlib
import io
import json
import sys
import traceback

from nca.nca_cli import nca_main

for line in sys.stdin:
    folder = line.strip()
    out, said, error = io.StringIO(), io.StringIO(), ""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            nca_main(
                ["--connectivity", folder, "--pod_list", folder, "--ns_list", folder, "--print_ipv6", "--return_0"]
                + ["--output_format", "txt_no_fw_rules", "--output_endpoints", "pods"]
            )
        except BaseException:  # it exits on what it cannot read
            error = traceback.format_exc()
    print(json.dumps({"out": out.getvalue(), "said": said.getvalue(), "error": error}), flush=True)
