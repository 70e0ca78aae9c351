#!/usr/bin/env python3
"""Checks the dependency tree against deny.toml, and that Cargo.toml gives a reason for each dependency.

It covers licences, sources and banned crates with the standard library alone; advisories need `cargo deny check advisories`.
Exit code 0 if all is well, 1 with one line per finding on standard error.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPENDENCY_TABLE = re.compile(r"^\[(?:target\..*\.)?(?:dev-|build-)?dependencies\]$")
TOKEN = re.compile(r"\(|\)|/|[A-Za-z0-9.+-]+")


def licence_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression, or the old form with slashes, can be met with allowed licences alone."""
    tokens = ["OR" if token == "/" else token for token in TOKEN.findall(expression)]

    def alternatives() -> bool:
        met = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = conjunction() or met
        return met

    def conjunction() -> bool:
        met = term()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = term() and met
        return met

    def term() -> bool:
        if not tokens:
            raise ValueError(f"licence expression ends early: {expression!r}")
        token = tokens.pop(0)
        if token == "(":
            met = alternatives()
            if not tokens or tokens.pop(0) != ")":
                raise ValueError(f"licence expression lacks a bracket: {expression!r}")
            return met
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token = f"{token} WITH {tokens.pop(0)}"
        return token in allowed

    met = alternatives()
    if tokens:
        raise ValueError(f"licence expression has a rest: {expression!r}")
    return met


def licence_findings(packages: list[dict], allowed: set[str]) -> list[str]:
    """Packages whose licence is missing or not among the allowed ones."""
    findings = []
    for package in packages:
        expression = package.get("license")
        name = f"{package['name']} {package['version']}"
        if not expression:
            findings.append(f"{name}: no licence is declared")
        elif not licence_allowed(expression, allowed):
            findings.append(f"{name}: licence {expression!r} is not in the allow-list of deny.toml")
    return findings


def source_findings(packages: list[dict], registries: list[str]) -> list[str]:
    """Packages, this one apart, that come from elsewhere than the allowed registries."""
    allowed = {f"registry+{registry}" for registry in registries}
    return [
        f"{package['name']} {package['version']}: source {package['source']!r} is not allowed by deny.toml"
        for package in packages
        if package["name"] != "webchat-exporter" and package["source"] not in allowed
    ]


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without pre-release and build parts."""
    return tuple(int(number) for number in re.split(r"[-+]", version)[0].split("."))


def banned_findings(packages: list[dict], banned: list[dict]) -> list[str]:
    """Packages that deny.toml bans, by name or by `name@<version`."""
    findings = []
    for ban in banned:
        name, _, below = ban["crate"].partition("@<")
        if "@" in name:
            raise ValueError(f"deny.toml: only name and name@<version are understood, not {ban['crate']!r}")
        for package in packages:
            if package["name"] == name and (not below or release(package["version"]) < release(below)):
                findings.append(f"{name} {package['version']} is banned: {ban['reason']}")
    return findings


def reason_findings(manifest: str) -> list[str]:
    """Dependencies without a comment line directly above them."""
    findings = []
    inside = False
    above = ""
    for number, line in enumerate(manifest.splitlines(), start=1):
        text = line.strip()
        if text.startswith("["):
            inside = bool(DEPENDENCY_TABLE.match(text))
            if re.match(r"^\[(?:target\..*\.)?(?:dev-|build-)?dependencies\..+\]$", text) and not above.startswith("#"):
                findings.append(f"Cargo.toml:{number}: {text} has no comment with a reason above it")
        elif inside and re.match(r"^[A-Za-z0-9_-]+(\.[a-z-]+)?\s*=", text) and not above.startswith("#"):
            findings.append(f"Cargo.toml:{number}: {text.split('=')[0].strip()} has no comment with a reason above it")
        above = text
    return findings


def self_check() -> None:
    """Shows that each rule can fail."""
    allowed = {"MIT", "Apache-2.0", "ISC"}
    assert licence_allowed("GPL-3.0 OR (MIT AND ISC)", allowed)
    assert licence_allowed("MIT/GPL-3.0", allowed)
    assert not licence_allowed("MIT AND GPL-3.0", allowed)
    assert not licence_allowed("Apache-2.0 WITH LLVM-exception", allowed)
    package = {"name": "quick-xml", "version": "0.40.9", "license": "GPL-3.0", "source": "git+https://example.com"}
    ban = {"crate": "quick-xml@<0.41", "reason": "slow"}
    assert banned_findings([package], [ban]) == ["quick-xml 0.40.9 is banned: slow"]
    assert banned_findings([package | {"version": "0.41.0"}], [ban]) == []
    assert len(licence_findings([package], allowed)) == len(source_findings([package], ["https://a"])) == 1
    assert reason_findings('[dependencies]\n# Why.\na = "1"\nb = "1"\n') == [
        "Cargo.toml:4: b has no comment with a reason above it"
    ]


def main() -> int:
    self_check()
    rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    packages = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    findings = [
        *licence_findings(packages, set(rules["licenses"]["allow"])),
        *source_findings(packages, rules["sources"]["allow-registry"]),
        *banned_findings(packages, rules["bans"]["deny"]),
        *reason_findings((ROOT / "Cargo.toml").read_text(encoding="utf-8")),
    ]
    for finding in findings:
        print(finding, file=sys.stderr)
    print(f"dependencies: {len(packages)} packages, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
