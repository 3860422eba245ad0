"""tools/embed_web.py: what it writes is what lies in the folder."""

import gzip
import pathlib
import re
import subprocess
import sys

TOOL = pathlib.Path(__file__).resolve().parents[3] / "tools" / "embed_web.py"
FILES = {
    "index.html": b"<!doctype html>\n",
    "favicon.svg": b"<svg/>",
    "assets/index-DbLXLj74.js": bytes(range(256)) * 9,
    "assets/index-4Z5Ha3n6.css": b"",
}


def make_dist(folder: pathlib.Path, files: dict[str, bytes]) -> pathlib.Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def embed(out: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(TOOL), "--out", str(out), *arguments], capture_output=True, text=True)


def parse(text: str) -> dict[str, dict]:
    """The generated entries, by path, in the order of the file."""
    entries = {}
    pattern = r'Asset\{"([^"]+)"sv, "([^"]+)"sv, "\\"([0-9a-f]{32})\\""sv,\n(.*?)sv,\n    (true|false)\}'
    for path, content_type, etag, literal, immutable in re.findall(pattern, text, re.DOTALL):
        packed = bytes(int(octal, 8) for octal in re.findall(r"\\([0-7]{3})", literal))
        entries[path] = {"type": content_type, "etag": etag, "data": gzip.decompress(packed), "immutable": immutable == "true"}
    return entries


def test_every_file_is_embedded_whole_and_sorted(tmp_path):
    out = tmp_path / "assets.cc"
    assert embed(out, "--dist", str(make_dist(tmp_path / "dist", FILES))).returncode == 0
    entries = parse(out.read_text())
    assert list(entries) == sorted("/" + name for name in FILES)
    for name, data in FILES.items():
        assert entries["/" + name]["data"] == data
    assert entries["/index.html"]["type"] == "text/html; charset=utf-8"


def test_only_names_with_a_hash_may_be_kept_for_ever(tmp_path):
    out = tmp_path / "assets.cc"
    embed(out, "--dist", str(make_dist(tmp_path / "dist", FILES)))
    kept = {path for path, entry in parse(out.read_text()).items() if entry["immutable"]}
    assert kept == {"/assets/index-DbLXLj74.js", "/assets/index-4Z5Ha3n6.css"}


def test_the_same_files_give_the_same_output_and_other_bytes_another_etag(tmp_path):
    first, second, third = (tmp_path / name for name in ("1.cc", "2.cc", "3.cc"))
    embed(first, "--dist", str(make_dist(tmp_path / "a", FILES)))
    embed(second, "--dist", str(make_dist(tmp_path / "b", FILES)))
    embed(third, "--dist", str(make_dist(tmp_path / "c", {**FILES, "index.html": b"<p>"})))
    assert first.read_bytes() == second.read_bytes()
    etags = [parse(path.read_text())["/index.html"]["etag"] for path in (first, third)]
    assert etags[0] != etags[1]


def test_without_a_folder_the_list_is_empty(tmp_path):
    out = tmp_path / "assets.cc"
    assert embed(out).returncode == 0
    assert "embedded_assets() { return {}; }" in out.read_text()


def test_a_page_that_was_not_built_is_refused_with_the_remedy(tmp_path):
    result = embed(tmp_path / "assets.cc", "--dist", str(tmp_path))
    assert result.returncode != 0
    assert "index.html" in result.stderr and "npm run build" in result.stderr


def test_an_unknown_kind_of_file_is_named(tmp_path):
    dist = make_dist(tmp_path / "dist", {**FILES, "notes.xyz": b""})
    result = embed(tmp_path / "assets.cc", "--dist", str(dist))
    assert result.returncode != 0
    assert "notes.xyz" in result.stderr
