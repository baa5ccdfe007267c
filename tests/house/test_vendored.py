"""What comes from elsewhere is what its manifest says, and nothing lies beside it unnamed."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src/signoff/web/static/vendor", "tests/assets")
LICENCES = {"0BSD", "MPL-2.0"}


def packages(folder: str) -> list[dict[str, Any]]:
    manifest = json.loads((ROOT / folder / "MANIFEST.json").read_text())
    return list(manifest["packages"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_file_has_the_digest_of_its_manifest(folder: str) -> None:
    said = {name: digest for one in packages(folder) for name, digest in one["files"].items()}

    found = {
        path.name: "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / folder).iterdir()
        if path.name != "MANIFEST.json"
    }

    assert found == said


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_vendored_package_names_its_version_licence_and_checksum(folder: str) -> None:
    for one in packages(folder):
        algorithm, _, checksum = one["integrity"].partition("-")

        assert one["source"] == f"npm:{one['name']}@{one['version']}"
        assert one["licence"] in LICENCES
        assert algorithm == "sha512"
        assert len(base64.b64decode(checksum, validate=True)) == 64
