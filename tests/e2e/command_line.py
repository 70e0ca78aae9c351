"""What README says of the program's commands and flags."""

import re


def command_line(readme: str) -> tuple[set[str], set[str]]:
    """The commands and the flags for all of them, from the tables that are made from the code."""
    tables = readme.partition("<!-- flags:start -->")[2].partition("<!-- flags:end -->")[0]
    names = set(re.findall(r"^\| `([^`]+)`", tables, re.MULTILINE))
    return {name for name in names if name[0] != "-"}, {name for name in names if name[0] == "-"}
