"""Settings with which the data's tool opens a remote, where everybody who reads the repository sees them.

DVC documentation, "Supported storage types": the settings that are secrets, each with the advice to keep it in the
local configuration, which Git ignores.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradeline.model.data import Data
from gradeline.records import record
from gradeline.source import Span

_SECRET = frozenset(
    {
        "access_key_id", "secret_access_key", "session_token", "connection_string", "account_key", "sas_token",
        "client_secret", "gdrive_client_secret", "gdrive_user_credentials", "password", "passphrase", "token",
        "oss_key_id", "oss_key_secret", "custom_auth_header",
    }
)  # fmt: skip
_LOCAL = ".local"  # the configuration that is not in Git


@record
class Given:
    name: str
    span: Span


def shared_credentials(data: Data) -> Iterator[Given]:
    """The secret settings of remotes in files that are in Git.  Such a file takes nothing from the environment, so
    whatever stands there is the secret itself."""
    for remote in data.remotes:
        for name, text in remote.settings.items():
            if name.lower() in _SECRET and text.raw.strip() and not text.span.path.endswith(_LOCAL):
                yield Given(name, text.span)
