"""Files in S3, or in what speaks its language (MinIO and the like)."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from sessions.file_types import MEGABYTE

CONNECT_SECONDS = 3
READ_SECONDS = 10


class PrivateS3Storage(S3Storage):  # type: ignore[misc]
    """django-storages' own, with other defaults: nothing is public, nothing overwritten, no visitor waits for long.

    Every file goes through the site, which asks who may see it, so no address needs a signature. What is read is kept
    in memory up to a megabyte, beyond it in a temporary file.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {
            **super().get_default_settings(),
            "default_acl": None,  # the bucket's own: private unless somebody made it otherwise
            "file_overwrite": False,
            "querystring_auth": False,
            "max_memory_size": MEGABYTE,
        }

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        patience = Config(
            connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 2}
        )
        self.client_config: Config = self.client_config.merge(patience)
