#!/usr/bin/env python3
"""Checks that each runbook has its sections, and in “How to confirm” what an operator needs who trusts nothing:
PromQL that promtool can parse, `webchat_exporter check`, and a `curl` that asks the vendor past the exporter.

It takes the root of the repository as an optional argument. Exit code 0 if all is well, 1 with the findings on standard error.
"""

import re
import sys
import tempfile
from pathlib import Path

import yaml
from alerts import promtool, without_code
from command_line import command_line

HEADINGS = [
    "Meaning",
    "What the customer sees",
    "How to confirm",
    "Likely causes",
    "What to do",
    "Whom to call",
    "When it is noise",
]
# Runbooks with neither a target to check nor a vendor to ask, and why.
WITHOUT_VENDOR = {
    "WebchatExporterAbsent": "the question is whether the exporter runs and is scraped",
    "WebchatExporterDown": "the question is whether the exporter runs and is scraped",
    "WebchatExporterReloadFailed": "the question is what is wrong with the configuration",
    "WebchatExporterRestarting": "the question is why the exporter's process ends",
    "WebchatStateFileNotWritten": "the question is what is wrong with a file on the exporter's machine",
    "WebchatWatchdog": "the question is whether Prometheus and Alertmanager deliver",
}
# What README's tables of flags leave to the commands' own help.
OWN_FLAGS = {"check": {"--url"}, "healthcheck": {"--url"}, "probe": {"--debug"}}
# The exporter itself, Prometheus and Alertmanager on its machine.
OUR_HOSTS = {"localhost", "127.0.0.1"}
CURL = re.compile(r"(?:^|[|;&({`]|\bdo)\s*curl\s(.*)")
URL_HOST = re.compile(r"https?://([^/:\s'\"]+)")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def shell_lines(text: str) -> list[str]:
    """The lines of the shell blocks, those that are continued in one piece."""
    return re.sub(r"\\\n\s*", "", "\n".join(blocks(text, "sh"))).splitlines()


def own_calls(text: str) -> list[list[str]]:
    """The words of each command line of ours, in shell blocks and within sentences."""
    inline = re.findall(r"`([^`\n]+)`", without_code(text))
    lines = [line for line in shell_lines(text) + inline if line.startswith("webchat_exporter ")]
    return [re.split(r"[#|;&>]", line)[0].split() for line in lines]


def command_findings(text: str, commands: set[str], flags: set[str]) -> list[str]:
    """Command lines of ours that the binary would refuse."""
    findings = []
    for _, command, *arguments in own_calls(text):
        if command not in commands:
            findings.append(f"webchat_exporter has no command {command}")
        for flag in (argument for argument in arguments if argument.startswith("-")):
            if flag not in flags | OWN_FLAGS.get(command, set()):
                findings.append(f"webchat_exporter {command} has no flag {flag}")
    return findings


def asks_vendor(text: str) -> bool:
    """Whether a shell block has a `curl` to a machine that is not ours."""
    hosts = {host for line in shell_lines(text) for call in CURL.findall(line) for host in URL_HOST.findall(call)}
    return bool(hosts - OUR_HOSTS)


def confirm_findings(name: str, confirm: str) -> list[str]:
    """What the section “How to confirm” lacks."""
    commands = {command for _, command, *_ in own_calls(confirm)}
    findings = [] if blocks(confirm, "promql") else ["How to confirm has no promql block"]
    if not commands:
        findings.append("How to confirm has no webchat_exporter command")
    if name in WITHOUT_VENDOR:
        if "check" in commands and asks_vendor(confirm):
            findings.append("needs no exception any more: remove it from WITHOUT_VENDOR")
        return findings
    if commands and "check" not in commands:
        findings.append("How to confirm has no webchat_exporter check")
    if not asks_vendor(confirm):
        findings.append("How to confirm has no curl that asks the vendor")
    return findings


def runbook_findings(name: str, text: str, commands: set[str], flags: set[str]) -> list[str]:
    """Headings that are not as agreed, sections without text, and what an operator could not follow."""
    findings = []
    headings = re.findall(r"^#.*$", without_code(text), re.MULTILINE)
    if headings != [f"# {name}", *(f"## {heading}" for heading in HEADINGS)]:
        findings.append(f"headings are {headings}")
    sections = re.split(r"^#.*$", text if not findings else "", flags=re.MULTILINE)[2:]
    findings += [f"section {heading!r} is empty" for heading, body in zip(HEADINGS, sections) if not body.strip()]
    confirm = text.partition("## How to confirm\n")[2].partition("\n## ")[0]
    return findings + confirm_findings(name, confirm) + command_findings(text, commands, flags)


def expression_findings(runbooks: dict[str, str]) -> list[str]:
    """PromQL of the runbooks that promtool cannot parse: each block is one expression."""
    rules = [
        {"record": f"runbook:{name}:block_{number}", "expr": block}
        for name, text in runbooks.items()
        for number, block in enumerate(blocks(text, "promql"), start=1)
    ]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "runbooks.yml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}), encoding="utf-8")
        return promtool("check", "rules", path)


def findings_of(root: Path) -> tuple[dict[str, str], list[str]]:
    """The runbooks by name, and everything that is wrong with them."""
    paths = sorted((root / "alerts" / "runbooks").glob("*.md"))
    runbooks = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    commands, flags = command_line((root / "README.md").read_text(encoding="utf-8"))
    findings = [
        f"runbooks/{name}.md: {finding}"
        for name, text in runbooks.items()
        for finding in runbook_findings(name, text, commands, flags)
    ]
    findings += [f"WITHOUT_VENDOR: there is no runbook {name}" for name in sorted(WITHOUT_VENDOR.keys() - runbooks.keys())]
    return runbooks, findings + expression_findings(runbooks)


def self_check() -> None:
    """Shows that each rule can fail."""
    vendor = "curl --silent \\\n  'https://chime.example.com/X'"
    command = f"```promql\nup\n```\n```sh\nwebchat_exporter check --url X | cat\n{vendor}\n```\n"
    page = "# WebchatX\n" + "".join(f"## {name}\nText.\n{command if 'confirm' in name else ''}" for name in HEADINGS)

    def of_page(text: str, name: str = "WebchatX") -> list[str]:
        return runbook_findings(name, text.replace("WebchatX", name), {"check", "probe"}, {"--config.file"})

    assert of_page(page) == []
    for wrong in ("## Meaning", "## Likely causes\n"):
        assert of_page(page.replace(wrong, ""))[0].startswith("headings are"), wrong
    assert of_page(page + "## More\n")[0].startswith("headings are")
    assert of_page(page.replace("## Whom to call\nText.", "## Whom to call")) == ["section 'Whom to call' is empty"]
    assert of_page(page.replace("```promql", "```text")) == ["How to confirm has no promql block"]
    assert of_page(page.replace("webchat_exporter", "other")) == ["How to confirm has no webchat_exporter command"]
    assert of_page(page.replace("check --url", "probe")) == ["How to confirm has no webchat_exporter check"]
    assert of_page(page.replace(" --url", " --debug")) == ["webchat_exporter check has no flag --debug"]
    assert of_page(page + "`webchat_exporter look`") == ["webchat_exporter has no command look"]
    no_vendor = ["How to confirm has no curl that asks the vendor"]
    for wrong in ("# curl https://chime.example.com/X", "curl 'http://localhost:10064/probe?target=X'", "ping chime.example.com"):
        assert of_page(page.replace(vendor, wrong)) == no_vendor, wrong
    for right in ("cat x | curl https://chime.example.com/X", "while true; do curl https://chime.example.com/X; done"):
        assert of_page(page.replace(vendor, right)) == [], right
    excepted = next(iter(WITHOUT_VENDOR))
    assert of_page(page.replace(vendor, ""), excepted) == []
    assert of_page(page, excepted) == ["needs no exception any more: remove it from WITHOUT_VENDOR"]
    assert len(expression_findings({"X": "```promql\nrate(up)\n```\n"})) == 1


def main() -> int:
    self_check()
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    runbooks, findings = findings_of(root)
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"runbooks: {len(runbooks)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
