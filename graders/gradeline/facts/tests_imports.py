"""Modules without which a file of tests is skipped, and what they are called where they are installed.

pytest documentation, ``pytest.importorskip``: called when a file is loaded, it skips all tests of the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradeline.model.code import Module

PACKAGES = (".txt", ".in", ".toml", ".lock", ".cfg", ".yml", ".yaml", ".ini", "Pipfile", ".sh", "Dockerfile")
# Packages whose name is not that of their module (PyPI, the pages of these projects).
_CALLED = {
    "sklearn": "scikit-learn", "yaml": "pyyaml", "cv2": "opencv-python", "pil": "pillow", "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil", "skimage": "scikit-image", "dotenv": "python-dotenv", "jwt": "pyjwt",
    "git": "gitpython", "attr": "attrs", "google": "google-cloud", "win32api": "pywin32", "docx": "python-docx",
    "great-expectations": "great-expectations", "serial": "pyserial", "usb": "pyusb", "magic": "python-magic",
}  # fmt: skip


def wanted_modules(module: Module) -> Iterator[str]:
    """The modules that a file asks for when it is loaded."""
    for node in module.tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.Expr | ast.AnnAssign) else None
        if isinstance(value, ast.Call) and module.full(value.func) == "pytest.importorskip" and value.args:
            first = value.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def skips_itself(module: Module) -> bool:
    """Whether a file skips all of its tests when it is loaded (pytest documentation, ``pytest.skip``,
    ``allow_module_level``; unittest documentation, ``SkipTest``)."""
    for node in module.tree.body:
        raised = node.exc if isinstance(node, ast.Raise) else None
        if raised is not None:
            full = module.full(raised.func if isinstance(raised, ast.Call) else raised)
            return full == "unittest.SkipTest"
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            whole = any(word.arg == "allow_module_level" and isinstance(word.value, ast.Constant) and word.value.value
                        for word in node.value.keywords)  # fmt: skip
            if whole and module.full(node.value.func) == "pytest.skip":
                return True
    return False


def distributions(name: str) -> tuple[str, ...]:
    """How the package of a module may be called: ``sklearn`` is ``scikit-learn``, ``google.cloud.storage`` is
    ``google-cloud-storage``."""
    top = name.partition(".")[0].lower().replace("_", "-")
    whole = name.lower().replace("_", "-").replace(".", "-")
    called = _CALLED.get(top, top)
    return tuple(dict.fromkeys((top, whole, called, f"python-{top}", f"py{top}", f"{called}-python", f"{called}-base",
                                f"{called}-cpu", f"{called}-gpu", f"{called}-headless")))  # fmt: skip
